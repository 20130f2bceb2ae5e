using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Roster;

/// <summary>The roster's routes at an agency and at the hub, on the demonstration's desks.</summary>
public sealed class When_the_duty_roster_is_run
{
    RunningHotline hotline = null!;
    Actor administrator = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        (administrator, officer) = (await hotline.AsAdministrator("police"), await hotline.AsDutyOfficer("police"));
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [TestCase("roster"), TestCase("overrides"), TestCase("swaps"), TestCase("holidays"), TestCase("ladders"), TestCase("on-duty"), TestCase("readiness"), TestCase("roster.ics"), TestCase("officers")]
    public async Task Should_be_read_by_those_who_stand_duty_and_by_nobody_else(string path)
    {
        var (read, anyone) = (await officer.GetAsync(path), await hotline.AsAnyone("police").GetAsync(path));
        var (supervisor, operators) = (await (await hotline.AsSupervisor()).GetAsync(path), await (await hotline.AsOperator()).GetAsync(path));

        Assert.That((read.Status, anyone.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
        Assert.That((supervisor.Status, operators.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
    }

    [TestCase("roster"), TestCase("holidays"), TestCase("ladders")]
    public async Task Should_be_changed_by_administrators_alone(string path)
    {
        var answer = await officer.PutAsync(path, new JsonObject(), "\"1\"");

        Assert.That(answer.Code, Is.EqualTo("access.denied"));
    }

    [Test]
    public async Task Should_write_a_roster_that_was_read_and_refuse_it_twice()
    {
        var before = (await administrator.GetAsync("roster?unit=04")).Good();

        var done = await administrator.PutAsync("roster", before.Json, before.ETag);
        var twice = await administrator.PutAsync("roster", before.Json, before.ETag);
        var unseen = await administrator.PutAsync("roster", before.Json, "\"99\"");
        var blind = await administrator.PutAsync("roster", before.Json, null);

        Assert.That((done.Status, done.ETag), Is.EqualTo((HttpStatusCode.OK, "\"2\"")), done.Text);
        Assert.That((twice.Code, unseen.Code, blind.Code), Is.EqualTo(("version.stale", "version.stale", "version.required")));
        Assert.That((await administrator.GetAsync("roster?unit=99")).Code, Is.EqualTo("not-found"));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from audit.records where leaf like '%roster.changed%04/2%'"), Is.EqualTo(1));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from rosters where unit = '04'"), Is.EqualTo(2));
    }

    [TestCase("""{"timeZone": "Hanoi"}""", "time-zone.unknown")]
    [TestCase("""{"layers": [{"name": "primary", "rotations": [{"every": "daily", "startsOn": "2026-01-05", "handOverAt": "08:00", "officers": []}]}]}""", "rotation.without-people")]
    [TestCase("""{"layers": [{"name": "primary", "rotations": [{"every": "daily", "startsOn": "2026-01-05", "handOverAt": "08:00", "officers": ["nobody"]}]}]}""", "request.unknown-code")]
    [TestCase("""{"victim": "x"}""", "request.unknown-member")]
    public async Task Should_refuse_a_roster_that_cannot_be_stood(string body, string code)
    {
        var before = (await administrator.GetAsync("roster")).Good();

        var answer = await administrator.PutAsync("roster", JsonNode.Parse(body)!, before.ETag);

        Assert.That(answer.Code, Is.EqualTo(code), answer.Text);
        Assert.That((await administrator.GetAsync("roster")).ETag, Is.EqualTo(before.ETag));
    }

    [Test]
    public async Task Should_let_somebody_stand_in_once()
    {
        var body = StandIn("20", "focal-point", "2031-03-01T00:00:00Z", "2031-03-02T00:00:00Z");
        var key = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

        var done = (await administrator.PostAsync("overrides", body, key)).Good();
        var again = await administrator.PostAsync("overrides", body, key);
        var overlapping = await administrator.PostAsync("overrides", StandIn("20", "duty-officer", "2031-03-01T23:00:00Z", "2031-03-03T00:00:00Z"));
        var next = await administrator.PostAsync("overrides", StandIn("20", "duty-officer", "2031-03-02T00:00:00Z", "2031-03-03T00:00:00Z"));
        var onDuty = (await officer.GetAsync("on-duty?province=20&at=2031-03-01T12:00:00Z")).Good();

        Assert.That(again.Id, Is.EqualTo(done.Id));
        Assert.That((overlapping.Status, overlapping.Code), Is.EqualTo((HttpStatusCode.Conflict, "override.overlaps")));
        Assert.That(next.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(Primary(onDuty), Does.Contain("focal-point"));
    }

    [Test]
    public async Task Should_take_a_stand_in_back_once()
    {
        var added = (await administrator.PostAsync("overrides", StandIn("22", "focal-point", "2031-03-01T00:00:00Z", "2031-03-02T00:00:00Z"))).Good();

        var denied = await officer.SendAsync(HttpMethod.Delete, $"overrides/{added.Id}", null);
        var done = await administrator.SendAsync(HttpMethod.Delete, $"overrides/{added.Id}", null);
        var twice = await administrator.SendAsync(HttpMethod.Delete, $"overrides/{added.Id}", null);

        Assert.That((denied.Code, done.Status, twice.Code), Is.EqualTo(("access.denied", HttpStatusCode.NoContent, "not-found")));
        Assert.That(Primary((await officer.GetAsync("on-duty?province=22&at=2031-03-01T12:00:00Z")).Good()), Does.Contain("duty-officer"));
    }

    [Test]
    public async Task Should_refuse_a_stand_in_that_is_over_or_unknown()
    {
        var over = await administrator.PostAsync("overrides", StandIn("04", "focal-point", "2020-03-01T00:00:00Z", "2020-03-02T00:00:00Z"));
        var nobody = await administrator.PostAsync("overrides", StandIn("04", "nobody", "2031-03-01T00:00:00Z", "2031-03-02T00:00:00Z"));
        var backwards = await administrator.PostAsync("overrides", StandIn("04", "focal-point", "2031-03-02T00:00:00Z", "2031-03-01T00:00:00Z"));

        Assert.That((over.Code, nobody.Code, backwards.Code), Is.EqualTo(("override.in-past", "request.unknown-code", "request.malformed")));
    }

    [Test]
    public async Task Should_swap_when_both_agree()
    {
        var other = await hotline.AsFocalPoint("police");
        // The duty officer has every primary shift of the demonstration, and gives one away.
        var asked = (await officer.PostAsync("swaps", Swap("focal-point", "2031-05-01T01:00:00Z", "2031-05-02T01:00:00Z"))).Good();

        var byAsker = await officer.PostAsync($"swaps/{asked.Id}/agree");
        var key = Guid.CreateVersion7();
        var agreed = (await other.PostAsync($"swaps/{asked.Id}/agree", idempotencyKey: key)).Good();
        var again = await other.PostAsync($"swaps/{asked.Id}/agree", idempotencyKey: key);
        var twice = await other.PostAsync($"swaps/{asked.Id}/agree");
        var onDuty = (await officer.GetAsync("on-duty?at=2031-05-01T12:00:00Z")).Good();

        Assert.That((byAsker.Code, agreed.State, twice.Code), Is.EqualTo(("not-found", "agreed", "swap.settled")));
        Assert.That(again.Text, Is.EqualTo(agreed.Text), "sent again by who missed the answer");
        Assert.That(Primary(onDuty), Does.Contain("focal-point").And.Not.Contains("duty-officer"));
    }

    [Test]
    public async Task Should_exchange_two_shifts_when_one_is_taken_in_return()
    {
        var (other, before) = (await hotline.AsFocalPoint("police"), (await administrator.GetAsync("roster?unit=48")).Good());
        var alternating = before.Json.DeepClone().AsObject();
        alternating["layers"]![0]!["rotations"]![0]!["officers"] = new JsonArray("duty-officer", "focal-point");
        alternating["layers"]![0]!["rotations"]![0]!["startsOn"] = "2031-09-01";
        (await administrator.PutAsync("roster", alternating, before.ETag)).Good();
        var swap = Swap("focal-point", "2031-09-01T01:00:00Z", "2031-09-02T01:00:00Z");
        (swap["unit"], swap["returnFrom"], swap["returnUntil"]) = ("48", "2031-09-02T01:00:00Z", "2031-09-03T01:00:00Z");

        var asked = (await officer.PostAsync("swaps", swap)).Good();
        (await other.PostAsync($"swaps/{asked.Id}/agree", ifMatch: "\"1\"")).Good();
        var (first, second) = ((await officer.GetAsync("on-duty?province=48&at=2031-09-01T12:00:00Z")).Good(), (await officer.GetAsync("on-duty?province=48&at=2031-09-02T12:00:00Z")).Good());

        Assert.That((Primary(first).First(), Primary(second).First()), Is.EqualTo(("focal-point", "duty-officer")));
    }

    [TestCase("2031-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "request.malformed")]
    [TestCase("2020-01-01T01:00:00Z", "2020-01-02T01:00:00Z", "override.in-past")]
    public async Task Should_refuse_a_swap_of_a_time_that_makes_no_sense(string from, string until, string code)
    {
        var answer = await officer.PostAsync("swaps", Swap("focal-point", from, until));

        Assert.That(answer.Code, Is.EqualTo(code));
    }

    [Test]
    public async Task Should_not_swap_what_one_does_not_have()
    {
        var other = await hotline.AsFocalPoint("police");

        var answer = await other.PostAsync("swaps", Swap("duty-officer", "2031-06-01T01:00:00Z", "2031-06-02T01:00:00Z"));

        Assert.That((answer.Status, answer.Code), Is.EqualTo((HttpStatusCode.Conflict, "swap.not-on-duty")));
    }

    [Test]
    public async Task Should_change_nothing_when_a_swap_is_refused_or_withdrawn()
    {
        var other = await hotline.AsFocalPoint("police");
        var (first, second) = (
            (await officer.PostAsync("swaps", Swap("focal-point", "2031-07-01T01:00:00Z", "2031-07-02T01:00:00Z"))).Good(),
            (await officer.PostAsync("swaps", Swap("focal-point", "2031-07-01T01:00:00Z", "2031-07-02T01:00:00Z"))).Good());

        var refused = (await other.PostAsync($"swaps/{first.Id}/refuse")).Good();
        var withdrawn = (await officer.SendAsync(HttpMethod.Delete, $"swaps/{second.Id}", null)).Good();

        Assert.That((refused.State, withdrawn.State), Is.EqualTo(("refused", "withdrawn")));
        Assert.That(Primary((await officer.GetAsync("on-duty?at=2031-07-01T12:00:00Z")).Good()), Does.Contain("duty-officer"));
    }

    [Test]
    public async Task Should_send_an_empty_desk_to_the_central_one()
    {
        var before = (await administrator.GetAsync("roster?unit=46")).Good();
        var empty = before.Json.DeepClone().AsObject();
        (empty["layers"], empty["landlines"]) = (new JsonArray(), new JsonArray());
        (await administrator.PutAsync("roster", empty, before.ETag)).Good();

        var onDuty = (await officer.GetAsync("on-duty?province=46")).Good();

        Assert.That(onDuty.Json["emptyDesk"]!.GetValue<bool>(), Is.True);
        Assert.That(Primary(onDuty), Does.Contain("duty-officer"));
        Assert.That((await officer.GetAsync("readiness")).Good().Json["gaps"]!.AsArray().Select(gap => gap!["unit"]!.GetValue<string>()), Does.Contain("46"));
        await hotline.ExecuteAsync("police", "update duty_checks set due_at = hotline_now() where name = 'gaps'");
        await Eventually.IsTrueAsync("an alarm tells of the gap", async () =>
            await hotline.ScalarAsync<long>("police", "select count(*) from alarms where code = 'roster.gap' and cleared_at is null") == 1);
    }

    [Test]
    public async Task Should_name_landlines_beside_persons_and_no_address()
    {
        var onDuty = (await officer.GetAsync("on-duty?province=01")).Good();

        Assert.That(onDuty.Json["layers"]![0]!["targets"]!.AsArray().Select(t => t!["kind"]!.GetValue<string>()), Is.EqualTo(new[] { "person", "landline" }));
        Assert.That(onDuty.Text, Does.Not.Contain("@police").And.Not.Contain("011 1"));
        Assert.That((await officer.GetAsync("on-duty?province=77")).Code, Is.EqualTo("request.unknown-code"));
        Assert.That((await officer.GetAsync("on-duty?at=yesterday")).Code, Is.EqualTo("request.malformed"));
    }

    [Test]
    public async Task Should_export_iCalendar()
    {
        var answer = (await officer.GetAsync("roster.ics")).Good();

        Assert.That(answer.Text, Does.StartWith("BEGIN:VCALENDAR").And.Contain("BEGIN:VEVENT"));
        Assert.That((await officer.GetAsync("roster.ics?unit=99")).Code, Is.EqualTo("not-found"));
    }

    [Test]
    public async Task Should_stand_the_hub_with_its_own_supervisors()
    {
        var onDuty = (await (await hotline.AsSupervisor()).GetAsync("on-duty")).Good();

        Assert.That(Primary(onDuty), Is.EqualTo(new[] { "supervisor" }));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from desks"), Is.EqualTo(42));
    }

    static IEnumerable<string> Primary(Answer onDuty) =>
        onDuty.Json["layers"]!.AsArray().First(layer => layer!["layer"]!.GetValue<string>() == "primary")!["targets"]!.AsArray().Select(target => target!["alias"]!.GetValue<string>());

    static JsonObject StandIn(string unit, string officer, string from, string until) =>
        new() { ["unit"] = unit, ["layer"] = "primary", ["officer"] = officer, ["from"] = from, ["until"] = until, ["reason"] = "nghỉ phép" };

    static JsonObject Swap(string with, string from, string until) => new() { ["layer"] = "primary", ["with"] = with, ["from"] = from, ["until"] = until };
}
