using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Agencies.Tests.Referrals;

public sealed class When_an_agency_works_on_a_referral
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
    }

    [Test]
    public async Task Should_show_a_coded_line_and_no_word_of_the_file()
    {
        var referral = await DeliveredAsync();

        var line = (await officer.GetAsync($"referrals/{referral}")).Good();
        var list = (await officer.GetAsync("referrals?state=delivered&limit=200")).Good();

        Assert.That(line["reference"], Does.Match(@"^CT-\d{4}-\d{6,}$"));
        Assert.That(line.ETag, Is.EqualTo("\"1\""));
        Assert.That(list.Json["items"]!.AsArray().Select(i => i!["id"]!.GetValue<string>()), Does.Contain(referral.ToString()));
        foreach (var word in (string[])["karaoke", "Ví Dụ", "Giả", Samples.PhoneNumber])
            Assert.That(line.Text + list.Text, Does.Not.Match(word));
    }

    [Test]
    public async Task Should_tell_the_hotline_of_every_opening()
    {
        var referral = await DeliveredAsync();

        var content = (await officer.GetAsync($"referrals/{referral}/content")).Good();
        var opened = await Eventually.GetAsync("the hub has content.opened", () => HubEventsAsync(referral), events => events.Contains("content.opened"));
        var recorded = await hotline.ScalarAsync<long>(
            "police", "select count(*) from audit.records where leaf::json ->> 'kind' = 'content.opened' and leaf::json ->> 'referral' = $1", referral.ToString());

        foreach (var member in (string[])["fileVersion", "call", "persons", "placeOfEvent", "trafficking", "needs", "safety", "consent", "complaint", "withheld", "missing"])
            Assert.That(content.Json.AsObject().ContainsKey(member), Is.True, member);
        Assert.That(opened, Has.Exactly(1).EqualTo("content.opened"));
        Assert.That(recorded, Is.EqualTo(1));
        Assert.That((await officer.PostAsync($"referrals/{referral}/acknowledge", ifMatch: "\"1\"")).Status, Is.EqualTo(HttpStatusCode.OK), "reading made nobody's picture stale");
    }

    [TestCase("decline", "declined")]
    [TestCase("accept", "accepted")]
    public async Task Should_be_answered_without_an_acknowledgement(string step, string state)
    {
        var referral = await DeliveredAsync();

        var answer = (await officer.PostAsync($"referrals/{referral}/{step}", step == "decline" ? Declined("duplicate") : null)).Good();

        Assert.That(answer.State, Is.EqualTo(state));
        await operators.SeesStateAsync(referral, state);
    }

    [TestCase("not-competent", "border-guard", 200, null)]
    [TestCase("wrong-place", null, 200, null)]
    [TestCase("duplicate", null, 200, null)]
    [TestCase("insufficient-information", null, 200, null)]
    [TestCase("no-capacity", "coast-guard", 200, null)]
    [TestCase("other", null, 200, null)]
    [TestCase("tired", null, 422, "request.unknown-code")]
    [TestCase("other", "Nobody!", 422, "request.unknown-code")]
    [TestCase(null, null, 400, "request.malformed")]
    public async Task Should_be_declined_for_a_reason(string? reason, string? better, int status, string? code)
    {
        var referral = await DeliveredAsync();
        var body = new JsonObject { ["reasonCode"] = reason, ["text"] = "lý do", ["betterAgency"] = better };

        var answer = await officer.PostAsync($"referrals/{referral}/decline", body);

        Assert.That(((int)answer.Status, answer.Code), Is.EqualTo((status, code)), answer.Text);
        await operators.SeesStateAsync(referral, code is null ? "declined" : "delivered");
        if (code is null)
            Assert.That((await DetailAsync(referral, "referral.declined"))["betterAgency"]?.GetValue<string>(), Is.EqualTo(better));
    }

    [TestCase("assisted")]
    [TestCase("rescued")]
    [TestCase("investigation-opened")]
    [TestCase("transferred")]
    [TestCase("not-found")]
    [TestCase("no-crime")]
    [TestCase("victim-declined")]
    [TestCase("other")]
    public async Task Should_be_closed_with_what_came_of_it(string outcome)
    {
        var referral = await DeliveredAsync();
        (await officer.PostAsync($"referrals/{referral}/accept")).Good();

        var unknown = await officer.PostAsync($"referrals/{referral}/close", new JsonObject { ["outcome"] = "lost", ["text"] = "a" });
        var closed = (await officer.PostAsync($"referrals/{referral}/close", new JsonObject { ["outcome"] = outcome, ["text"] = "xong" })).Good();
        await operators.SeesStateAsync(referral, "closed");

        Assert.That((unknown.Status, unknown.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "request.unknown-code")));
        Assert.That(closed.State, Is.EqualTo("closed"));
        Assert.That((await DetailAsync(referral, "referral.closed"))["outcome"]!.GetValue<string>(), Is.EqualTo(outcome));
    }

    [Test]
    public async Task Should_start_its_clock_again_when_it_is_handed_back()
    {
        var referral = await DeliveredAsync();
        var clock = (await officer.GetAsync($"referrals/{referral}"))["acknowledgeBy"];
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();

        var blank = await officer.PostAsync($"referrals/{referral}/hand-back", new JsonObject());
        var back = (await officer.PostAsync($"referrals/{referral}/hand-back", new JsonObject { ["reason"] = "hết ca" })).Good();
        await operators.SeesStateAsync(referral, "delivered");
        var line = (await officer.GetAsync($"referrals/{referral}")).Good();

        Assert.That(blank.Code, Is.EqualTo("request.malformed"));
        Assert.That(back.State, Is.EqualTo("delivered"));
        Assert.That(line.Json["acknowledgedAt"], Is.Null);
        Assert.That(line["acknowledgeBy"], Is.Not.EqualTo(clock));
    }

    [Test]
    public async Task Should_pass_words_both_ways()
    {
        var referral = await DeliveredAsync();
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();

        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "Hỏi: đã đến nơi chưa?" })).Good();
        (await officer.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "Đáp: rồi." })).Good();
        (await officer.PostAsync($"referrals/{referral}/progress", new JsonObject { ["text"] = "Đang xác minh." })).Good();
        var atHub = await Eventually.GetAsync("the answers are at the hub", () => operators.GetAsync($"referrals/{referral}/history"), a => a.Text.Contains("xác minh", StringComparison.Ordinal));
        var atAgency = await Eventually.GetAsync("the question is at the agency", () => officer.GetAsync($"referrals/{referral}/history"), a => a.Text.Contains("đã đến nơi chưa", StringComparison.Ordinal));

        Assert.That(atHub.Text, Does.Contain("Đáp: rồi."));
        Assert.That(atAgency.Text, Does.Contain("Đáp: rồi."));
    }

    [TestCase("delivered", "hand-back", "progress", "close")]
    [TestCase("acknowledged", "acknowledge", "close")]
    [TestCase("accepted", "acknowledge", "accept", "decline", "hand-back")]
    [TestCase("declined", "acknowledge", "accept", "decline", "hand-back", "progress", "close", "assign")]
    [TestCase("closed", "acknowledge", "accept", "decline", "hand-back", "progress", "close", "assign")]
    public async Task Should_refuse_what_its_state_does_not_allow(string state, params string[] steps)
    {
        var referral = await InStateAsync(state);
        await operators.SeesStateAsync(referral, state);
        var before = await hotline.OfRequestsAsync("police");

        foreach (var step in steps)
        {
            var answer = await officer.PostAsync($"referrals/{referral}/{step}", BodyOf(step));
            Assert.That((answer.Status, answer.Code, answer.State), Is.EqualTo((HttpStatusCode.Conflict, "referral.wrong-state", state)), step);
        }

        Assert.That(await hotline.OfRequestsAsync("police"), Is.EqualTo(before));
    }

    [Test]
    public async Task Should_take_effect_once_and_answer_the_same_when_sent_again()
    {
        var referral = await DeliveredAsync();
        foreach (var (step, body, other) in ((string, JsonObject?, JsonObject)[])
            [("acknowledge", null, new JsonObject()), ("hand-back", BodyOf("hand-back"), Reason("khác")), ("assign", BodyOf("assign"), new JsonObject { ["unit"] = "01" }),
             ("notes", Text("a"), Text("b")), ("accept", null, new JsonObject()), ("progress", Text("a"), Text("b")), ("close", BodyOf("close"), new JsonObject { ["outcome"] = "other" })])
        {
            var key = Guid.CreateVersion7();
            var first = await officer.PostAsync($"referrals/{referral}/{step}", body, key);
            var again = await officer.PostAsync($"referrals/{referral}/{step}", body, key);
            var different = await officer.PostAsync($"referrals/{referral}/{step}", other, key);

            Assert.That(first.Status, Is.EqualTo(HttpStatusCode.OK), $"{step}: {first.Text}");
            Assert.That((again.Text, again.ETag), Is.EqualTo((first.Text, first.ETag)), step);
            Assert.That((different.Status, different.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "idempotency-key.reused")), step);
        }
    }

    async Task<Guid> DeliveredAsync()
    {
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "delivered");
        await officer.SeesStateAsync(referral, "delivered");
        return referral;
    }

    async Task<Guid> InStateAsync(string state)
    {
        var referral = await DeliveredAsync();
        string[] steps = state switch
        {
            "acknowledged" => ["acknowledge"],
            "accepted" => ["accept"],
            "declined" => ["decline"],
            "closed" => ["accept", "close"],
            _ => [],
        };
        foreach (var step in steps)
            (await officer.PostAsync($"referrals/{referral}/{step}", BodyOf(step))).Good();
        return referral;
    }

    static JsonObject? BodyOf(string step) => step switch
    {
        "decline" => Declined("other"),
        "hand-back" => Reason("hết ca"),
        "progress" => Text("a"),
        "close" => new JsonObject { ["outcome"] = "assisted" },
        "assign" => new JsonObject { ["unit"] = "central" },
        _ => null,
    };

    static JsonObject Declined(string reason) => new() { ["reasonCode"] = reason, ["text"] = "a" };

    static JsonObject Reason(string reason) => new() { ["reason"] = reason };

    static JsonObject Text(string text) => new() { ["text"] = text };

    async Task<IReadOnlyList<string>> HubEventsAsync(Guid referral) =>
        [.. (await operators.GetAsync($"referrals/{referral}/history")).Good().Json["items"]!.AsArray().Select(i => i!["event"]!.GetValue<string>())];

    async Task<JsonNode> DetailAsync(Guid referral, string happened) => (await operators.GetAsync($"referrals/{referral}/history")).Good()
        .Json["items"]!.AsArray().Single(i => i!["event"]!.GetValue<string>() == happened)!["detail"]!;
}
