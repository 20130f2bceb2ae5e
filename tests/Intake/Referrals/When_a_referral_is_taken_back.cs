using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Referrals;

/// <summary>Revoking and spoken answers in every state, with the broker up and down.</summary>
public sealed class When_a_referral_is_taken_back
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
    }

    [Test]
    public async Task Should_be_revoked_at_once_while_it_is_queued()
    {
        var broker = (await TestServers.StartAsync()).RabbitMq;
        Assume.That(broker, Is.Not.Null, "only a broker of our own is stopped");
        await broker!.StopAsync();
        try
        {
            var (revoked, spoken) = (await operators.ReferNewAsync("police"), await operators.ReferNewAsync("police"));
            var called = await operators.PostAsync($"referrals/{spoken}/answered-by-phone", Spoken());
            var health = await HealthAsync("/health/ready");

            var answer = (await operators.PostAsync($"referrals/{revoked}/revoke", Reason())).Good();
            var twice = await operators.PostAsync($"referrals/{revoked}/revoke", Reason());
            var kept = await hotline.ScalarAsync<long>("intake", "select count(*) from outbox where referral_id = $1 and kind = 'referral.sent'", revoked);

            Assert.That(answer.State, Is.EqualTo("revoked"));
            Assert.That((twice.Status, twice.Code, twice.State), Is.EqualTo((HttpStatusCode.Conflict, "referral.wrong-state", "revoked")));
            Assert.That(kept, Is.Zero, "the file is not sent any more");
            Assert.That((called.Status, called.State), Is.EqualTo((HttpStatusCode.OK, "queued")));
            Assert.That(health.Status, Is.EqualTo(HttpStatusCode.OK));
        }
        finally
        {
            await broker.StartAsync();
        }
        var next = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(next, "delivered");
    }

    [TestCase("acknowledge")]
    [TestCase(null)]
    public async Task Should_be_revoked_by_the_agency_and_open_no_more(string? step)
    {
        var referral = await DeliveredAsync(step);
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "chữ của vụ việc" })).Good();

        var asked = (await operators.PostAsync($"referrals/{referral}/revoke", Reason())).Good();
        await operators.SeesStateAsync(referral, "revoked");
        var content = await officer.GetAsync($"referrals/{referral}/content");
        var history = await officer.GetAsync($"referrals/{referral}/history");
        var read = (await operators.GetAsync($"referrals/{referral}")).Good();

        Assert.That(asked.State, Is.EqualTo(step is null ? "delivered" : "acknowledged"));
        Assert.That((content.Status, content.Code, content.State), Is.EqualTo((HttpStatusCode.Conflict, "referral.wrong-state", "revoked")));
        Assert.That(history.Text, Does.Not.Contain("chữ của vụ việc"));
        Assert.That(read["revocationRequestedAt"], Is.Not.Empty);
    }

    [Test]
    public async Task Should_be_kept_by_an_agency_that_has_accepted_and_says_so()
    {
        var referral = await DeliveredAsync("accept");

        (await operators.PostAsync($"referrals/{referral}/revoke", Reason())).Good();
        var read = await Eventually.GetAsync("the refusal is seen", () => operators.GetAsync($"referrals/{referral}"), a => a.Json["revocationRefusedAt"] is not null);
        var events = (await operators.GetAsync($"referrals/{referral}/history")).Good().Json["items"]!.AsArray().Select(i => i!["event"]!.GetValue<string>());

        Assert.That(read.State, Is.EqualTo("accepted"));
        Assert.That(events, Does.Contain("revocation.refused"));
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Should_need_a_reason()
    {
        var referral = await DeliveredAsync(null);
        var before = await hotline.ScalarAsync<long>("intake", "select version from referrals where id = $1", referral);

        var none = await operators.PostAsync($"referrals/{referral}/revoke", new JsonObject());
        var blank = await operators.PostAsync($"referrals/{referral}/revoke", new JsonObject { ["reason"] = " " });
        var stale = await operators.PostAsync($"referrals/{referral}/revoke", Reason(), ifMatch: "\"999\"");
        var weak = await operators.PostAsync($"referrals/{referral}/revoke", Reason(), ifMatch: "W/\"1\"");
        var after = await hotline.ScalarAsync<long>("intake", "select version from referrals where id = $1", referral);

        Assert.That((none.Code, blank.Code), Is.EqualTo(("request.malformed", "request.malformed")));
        Assert.That((stale.Status, stale.Code), Is.EqualTo((HttpStatusCode.PreconditionFailed, "version.stale")));
        Assert.That((weak.Status, weak.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.malformed")));
        Assert.That(after, Is.EqualTo(before));
    }

    [Test]
    public async Task Should_count_a_spoken_answer_until_somebody_acknowledges()
    {
        var (spoken, acknowledged) = (await DeliveredAsync(null), await DeliveredAsync("acknowledge"));

        var taken = (await operators.PostAsync($"referrals/{spoken}/answered-by-phone", Spoken())).Good();
        var nobody = await operators.PostAsync($"referrals/{spoken}/answered-by-phone", new JsonObject { ["unit"] = "01" });
        var late = await operators.PostAsync($"referrals/{acknowledged}/answered-by-phone", Spoken());
        var seen = await Eventually.GetAsync("the agency sees it", () => officer.GetAsync($"referrals/{spoken}"), a => a.Json["answeredByPhoneAt"] is not null);

        Assert.That(taken.State, Is.EqualTo("delivered"));
        Assert.That(nobody.Code, Is.EqualTo("request.malformed"));
        Assert.That((late.Status, late.Code, late.State), Is.EqualTo((HttpStatusCode.Conflict, "referral.wrong-state", "acknowledged")));
        Assert.That(DateTimeOffset.Parse(seen["answeredByPhoneAt"], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(new DateTimeOffset(2026, 6, 18, 15, 50, 0, TimeSpan.Zero)));
    }

    [TestCase("acknowledge")]
    [TestCase("accept")]
    public async Task Should_count_a_spoken_answer_once_more_when_it_was_raised_since(string step)
    {
        var referral = await DeliveredAsync(step, "P2");
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject { ["urgency"] = "P0" })).Good();
        await PagesAsync(referral, "P0 paging");

        (await operators.PostAsync($"referrals/{referral}/answered-by-phone", Spoken())).Good();
        var again = await operators.PostAsync($"referrals/{referral}/answered-by-phone", Spoken());

        Assert.That((again.Status, again.Code), Is.EqualTo((HttpStatusCode.Conflict, "referral.wrong-state")), "nobody is asked any more");
        await PagesAsync(referral, "P0 acknowledged");

        Task PagesAsync(Guid id, string wanted) => Eventually.GetAsync("the agency's pages", () => hotline.ScalarAsync<string>(
            "police", "select urgency || ' ' || status from escalations where subject_id = $1", id), seen => seen == wanted);
    }

    async Task<Guid> DeliveredAsync(string? step, string urgency = "P1")
    {
        var referral = await operators.ReferNewAsync("police", urgency);
        await operators.SeesStateAsync(referral, "delivered");
        if (step is null)
            return referral;
        var state = (await officer.PostAsync($"referrals/{referral}/{step}")).Good().State;
        await operators.SeesStateAsync(referral, state);
        return referral;
    }

    async Task<(HttpStatusCode Status, string Text)> HealthAsync(string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(hotline.Hosts["intake"].Url, path));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static JsonObject Reason() => new() { ["reason"] = "Gửi nhầm." };

    static JsonObject Spoken() => new() { ["person"] = "Đại úy Ví Dụ", ["unit"] = "Trực ban", ["number"] = "069 234 8560", ["at"] = "2026-06-18T22:50:00+07:00" };
}
