using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Referrals;

/// <summary><c>Idempotency-Key</c>: one effect, one answer.</summary>
public sealed class When_a_request_is_sent_again
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        operators = await hotline.AsOperator();
    }

    [Test]
    public async Task Should_take_effect_once_and_answer_the_same()
    {
        var (callId, caseId) = await operators.OpenCaseAsync();
        var further = (await operators.PostAsync("calls", Samples.Call())).Good();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        (string Path, JsonObject Body, JsonObject Other)[] posts =
        [
            ("calls", Samples.Call(), new JsonObject()),
            ($"calls/{callId}/complete", new JsonObject { ["disposition"] = "referral" }, new JsonObject { ["disposition"] = "prank" }),
            ("calls/search", new JsonObject { ["callerNumber"] = "0912 000 001" }, new JsonObject { ["callerNumber"] = "0912 000 002" }),
            ("cases", new JsonObject { ["callId"] = callId.ToString() }, new JsonObject { ["callId"] = further["id"] }),
            ($"cases/{caseId}/calls", new JsonObject { ["callId"] = further["id"] }, new JsonObject { ["callId"] = callId.ToString() }),
            ($"cases/{caseId}/referrals", Samples.Referral("border-guard"), Samples.Referral("police")),
            ($"referrals/{referral}/notes", new JsonObject { ["text"] = "một" }, new JsonObject { ["text"] = "hai" }),
            ($"referrals/{referral}/updates", new JsonObject { ["urgency"] = "P2" }, new JsonObject { ["urgency"] = "P1" }),
            ($"referrals/{referral}/answered-by-phone", new JsonObject { ["person"] = "a" }, new JsonObject { ["person"] = "b" }),
            ($"referrals/{referral}/revoke", new JsonObject { ["reason"] = "a" }, new JsonObject { ["reason"] = "b" }),
        ];

        foreach (var (path, body, other) in posts)
        {
            var key = Guid.CreateVersion7();
            var first = await operators.PostAsync(path, body, key);
            var history = await CountsAsync();
            var again = await operators.PostAsync(path, body, key);
            var different = await operators.PostAsync(path, other, key);

            Assert.That((int)first.Status, Is.InRange(200, 201), $"{path}: {first.Text}");
            Assert.That((again.Status, again.Text, again.ETag), Is.EqualTo((first.Status, first.Text, first.ETag)), path);
            Assert.That((different.Status, different.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "idempotency-key.reused")), path);
            Assert.That(await CountsAsync(), Is.EqualTo(history), path);
        }
    }

    [Test]
    public async Task Should_take_effect_once_when_ten_come_at_the_same_instant()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var key = Guid.CreateVersion7();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => operators.ReferAsync(caseId, "police", idempotencyKey: key)));
        var made = await hotline.ScalarAsync<long>("intake", "select count(*) from referrals where case_id = $1", caseId);

        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.Created));
        Assert.That(answers.Select(a => a.Text).Distinct().ToList(), Has.Count.EqualTo(1));
        Assert.That(made, Is.EqualTo(1));
    }

    [Test]
    public async Task Should_attach_each_call_once_whoever_attaches_beside_it()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var calls = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => (await operators.PostAsync("calls", Samples.Call())).Good()["id"]));
        var key = Guid.CreateVersion7();

        var different = await Task.WhenAll(calls[..3].Select(call => operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = call })));
        var equal = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = calls[3] }, key)));

        Assert.That(different.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(different.Select(a => a.Json["calls"]!.GetValue<int>()), Is.EquivalentTo(new[] { 2, 3, 4 }));
        Assert.That(equal.Select(a => a.Text).Distinct().ToList(), Has.Count.EqualTo(1));
        Assert.That(equal[0].Json["calls"]!.GetValue<int>(), Is.EqualTo(5));
    }

    [Test]
    public async Task Should_not_starve_when_many_ask_for_what_needs_a_lock()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        var officer = await hotline.AsFocalPoint("police");
        await officer.SeesStateAsync(referral, "delivered");
        // The agency's clock is asked anew after a second.
        await Task.Delay(TimeSpan.FromSeconds(1.5));

        var updates = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => operators.PostAsync($"referrals/{referral}/updates")));
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => officer.PostAsync($"referrals/{referral}/acknowledge")));

        Assert.That(updates.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(answers.Select(a => a.Status).Order(), Is.EqualTo(Enumerable.Repeat(HttpStatusCode.Conflict, 31).Prepend(HttpStatusCode.OK)));
    }

    [Test]
    public async Task Should_not_remember_what_was_refused()
    {
        var key = Guid.CreateVersion7();

        var refused = await operators.PostAsync("cases", new JsonObject { ["callId"] = Guid.AllBitsSet.ToString() }, key);
        var call = (await operators.PostAsync("calls", Samples.Call())).Good();
        var made = await operators.PostAsync("cases", new JsonObject { ["callId"] = call["id"] }, key);

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.NotFound, "not-found")));
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), "the key was not committed with a change");
    }

    [Test]
    public async Task Should_refuse_a_key_that_is_none()
    {
        using var content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        content.Headers.TryAddWithoutValidation("Idempotency-Key", "not-a-uuid");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hotline.Hosts["intake"].Url, "/api/v1/calls")) { Content = content };
        request.Headers.Add("Authorization", $"Bearer {operators.Token}");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "not-a-uuid");
        using var http = new HttpClient();

        using var answer = await http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!.GetValue<string>(), Is.EqualTo("request.malformed"));
    }

    [Test]
    public async Task Should_keep_of_the_body_a_keyed_hash_only()
    {
        var key = Guid.CreateVersion7();

        (await operators.PostAsync("calls", Samples.Call(), key)).Good();
        var row = await hotline.ScalarAsync<string>("intake", "select idempotency_keys::text from idempotency_keys where key = $1", key);

        Assert.That(row, Does.Contain("POST /api/v1/calls").And.Not.Contain("karaoke"));
    }

    async Task<string> CountsAsync() => string.Join(" ", await hotline.ScalarAsync<long>("intake", "select count(*) from calls"),
        await hotline.ScalarAsync<long>("intake", "select count(*) from cases"), await hotline.ScalarAsync<long>("intake", "select count(*) from case_calls"),
        await hotline.ScalarAsync<long>("intake", "select count(*) from referrals"), await hotline.ScalarAsync<long>("intake", "select count(*) from sent_messages"),
        await hotline.ScalarAsync<long>("intake", "select count(*) from idempotency_keys"));
}
