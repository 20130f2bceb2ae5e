using System.Net;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Intake.CallBack;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.CallBack;

/// <summary>The call-back code (R24): random, said once, and only the state, where that is safe.</summary>
public sealed class When_a_reporter_asks_again
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    static JsonObject CallWith(bool? safe, bool danger = false)
    {
        var call = Samples.Call();
        call["safety"]!["safeToCallBack"] = safe;
        call["safety"]!["callerInImmediateDanger"] = danger;
        return call;
    }

    async Task<string> GiveAsync(Guid call) => (await operators.PostAsync($"calls/{call}/call-back-code")).Good()["code"];

    Task<Answer> CheckAsync(string code, Actor? by = null) => (by ?? operators).PostAsync("call-back-codes/check", new JsonObject { ["code"] = code });

    [Test]
    public async Task Should_tell_the_state_for_the_right_code_however_it_is_written()
    {
        var (call, caseId) = await operators.OpenCaseAsync(CallWith(true));
        var code = await GiveAsync(call);
        var before = (await CheckAsync(code)).Good();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        (await (await hotline.AsDutyOfficer("police")).PostAsync($"referrals/{referral}/acknowledge")).Good();
        await operators.SeesStateAsync(referral, "acknowledged");

        var after = (await CheckAsync(code.Replace(" ", "-", StringComparison.Ordinal))).Good();

        Assert.That(code, Does.Match("^[0-9]{4} [0-9]{4} [0-9]{4}$"));
        Assert.That((before.Json["mayTell"]!.GetValue<bool>(), before["state"], before["because"]), Is.EqualTo((true, "received", "safe")));
        Assert.That(after["state"], Is.EqualTo("acknowledged"));
        Assert.That(after.Json["cases"]![0]!["id"]!.GetValue<Guid>(), Is.EqualTo(caseId));
    }

    [TestCase(false, false, "not-safe")]
    [TestCase(true, true, "danger")]
    [TestCase(null, false, "waits-for-supervisor")]
    public async Task Should_tell_nothing_where_that_is_not_safe(bool? safe, bool danger, string because)
    {
        var (call, _) = await operators.OpenCaseAsync(CallWith(safe, danger));

        var answer = (await CheckAsync(await GiveAsync(call))).Good();

        Assert.That((answer.Json["mayTell"]!.GetValue<bool>(), answer["because"]), Is.EqualTo((false, because)));
        Assert.That(answer.Json["state"], Is.Null);
    }

    [Test]
    public async Task Should_go_by_what_a_later_call_on_the_case_says()
    {
        var (call, caseId) = await operators.OpenCaseAsync(CallWith(true));
        var code = await GiveAsync(call);
        var later = (await operators.PostAsync("calls", CallWith(false))).Good();
        (await operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = later["id"] })).Good();

        var answer = (await CheckAsync(code)).Good();

        Assert.That((answer.Json["mayTell"]!.GetValue<bool>(), answer["because"]), Is.EqualTo((false, "not-safe")));
    }

    [Test]
    public async Task Should_know_the_code_only_by_a_keyed_hash_and_never_by_the_reference()
    {
        var logged = (await operators.PostAsync("calls", CallWith(true))).Good();
        var code = (await GiveAsync(logged.Id)).Replace(" ", "", StringComparison.Ordinal);

        var row = await hotline.ScalarAsync<string>("intake", "select call_back_codes::text from call_back_codes where call_id = $1", logged.Id);
        var guessed = await CheckAsync(logged["reference"]);
        var leaves = await hotline.ScalarAsync<string>("intake", "select string_agg(leaf, ' ') from audit.records");

        Assert.That(row, Does.Not.Contain(code));
        Assert.That(leaves, Does.Not.Contain(code));
        Assert.That((guessed.Status, guessed.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.malformed")));
    }

    [Test]
    public async Task Should_replace_the_code_and_say_it_once()
    {
        var logged = (await operators.PostAsync("calls", CallWith(true))).Good();
        var key = Guid.CreateVersion7();
        var first = (await operators.PostAsync($"calls/{logged.Id}/call-back-code", null, key)).Good()["code"];
        var replay = (await operators.PostAsync($"calls/{logged.Id}/call-back-code", null, key)).Good();
        var second = await GiveAsync(logged.Id);

        Assert.That(replay.Json["code"], Is.Null);
        Assert.That((await CheckAsync(first)).Code, Is.EqualTo("call-back-code.unknown"));
        (await CheckAsync(second)).Good();
        Assert.That((await operators.PostAsync($"calls/{Guid.NewGuid()}/call-back-code")).Code, Is.EqualTo("not-found"));
    }

    [Test]
    public async Task Should_end_guessing_and_record_every_try()
    {
        var guesser = await hotline.HireAsync("intake", "operator");
        var logged = (await operators.PostAsync("calls", CallWith(true))).Good();
        var code = await GiveAsync(logged.Id);

        var answers = new List<string?>();
        for (var i = 0; i < 11; i++)
            answers.Add((await CheckAsync($"00000000{i:D4}", guesser)).Code);
        var right = await CheckAsync(code, guesser);

        Assert.That(answers[..10], Is.All.EqualTo("call-back-code.unknown"));
        Assert.That(answers[10], Is.EqualTo("call-back-code.too-many"));
        Assert.That((right.Status, right.Code), Is.EqualTo((HttpStatusCode.TooManyRequests, "call-back-code.too-many")));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from audit.records where leaf::jsonb ->> 'kind' = 'call-back-code.wrong'"), Is.GreaterThanOrEqualTo(10));
    }

    [TestCase("")]
    [TestCase("12345")]
    [TestCase("1234567890123")]
    [TestCase("<script>alert(1)</script>")]
    [TestCase("'; drop table call_back_codes;--")]
    [TestCase("😀😀😀😀")]
    [TestCase("\u202E123412341234x1")]
    public async Task Should_refuse_what_is_no_code(string typed)
    {
        var answer = await CheckAsync(typed);

        Assert.That((int)answer.Status, Is.InRange(400, 422));
        Assert.That(answer.Code, Is.EqualTo("request.malformed"));
    }

    [Test]
    public void Should_decide_by_what_was_said_then_by_the_supervisor()
    {
        Assert.That(CallBackSafety.Of(null, null), Is.EqualTo(new CallBackSafety(false, "waits-for-supervisor")));
        Assert.That(CallBackSafety.Of(new Safety(), true), Is.EqualTo(new CallBackSafety(true, "supervisor-allowed")));
        Assert.That(CallBackSafety.Of(new Safety(), false), Is.EqualTo(new CallBackSafety(false, "supervisor-refused")));
        Assert.That(CallBackSafety.Of(new Safety { SafeToCallBack = false }, true), Is.EqualTo(new CallBackSafety(false, "not-safe")), "what was said rules");
    }

    [TestCase("received")]
    [TestCase("referred", "queued")]
    [TestCase("delivered", "sent", "delivered", "closed")]
    [TestCase("accepted", "accepted", "declined")]
    [TestCase("received", "declined")]
    [TestCase("closed", "closed", "revoked")]
    [TestCase("received", "revoked")]
    public void Should_tell_the_furthest_that_is_open(string told, params string[] states) =>
        Assert.That(CheckCallBackCode.StateOf(states), Is.EqualTo(told));
}
