using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hotline.Sealing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Ladders;

/// <summary>Holidays, ladders, clocks and contacts over HTTP.</summary>
public sealed class When_duty_is_configured
{
    RunningHotline hotline = null!;
    Actor administrator = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("child-protection");
        (administrator, officer) = (await hotline.AsAdministrator("child-protection"), await hotline.AsDutyOfficer("child-protection"));
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_write_a_year_and_refuse_it_twice()
    {
        var table = Year(2029, Day("2029-02-13", "Tết Nguyên đán"));

        var done = await administrator.PutAsync("holidays", table, "\"0\"");
        var twice = await administrator.PutAsync("holidays", table, "\"0\"");
        var read = (await officer.GetAsync("holidays?year=2029")).Good();
        (await administrator.PutAsync("holidays", Year(2029), read.ETag)).Good();

        Assert.That((done.Status, twice.Code), Is.EqualTo((HttpStatusCode.OK, "version.stale")), done.Text);
        Assert.That(read.Json["days"]![0]!["source"]!.GetValue<string>(), Is.EqualTo("quyết định"));
        Assert.That(await hotline.ScalarAsync<long>("child-protection", "select count(*) from calendar_days where date = '2029-02-13' and known_until is not null"), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_add_a_swapped_Saturday_but_change_no_day_that_is_over()
    {
        var before = (await administrator.GetAsync("holidays?year=2024")).Good();
        var changed = before.Json.DeepClone().AsObject();
        changed["days"]!.AsArray().RemoveAt(0);

        var answer = await administrator.PutAsync("holidays", changed, before.ETag);
        var unchanged = await administrator.PutAsync("holidays", before.Json, before.ETag);

        Assert.That((answer.Status, answer.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "holiday.in-past")));
        Assert.That(unchanged.Status, Is.EqualTo(HttpStatusCode.OK), unchanged.Text);
    }

    [Test]
    public async Task Should_propose_the_lunar_dates_of_a_year()
    {
        var proposals = (await officer.GetAsync("holidays/proposals?year=2030")).Good();

        Assert.That(proposals.Json["days"]!.AsArray().Select(day => day!["date"]!.GetValue<string>()), Does.Contain("2030-02-02"));
        Assert.That((await officer.GetAsync("holidays?year=soon")).Code, Is.EqualTo("request.malformed"));
    }

    [Test]
    public async Task Should_raise_an_alarm_for_a_year_that_is_missing_and_clear_it()
    {
        await hotline.ExecuteAsync("child-protection", "update calendar_days set known_until = hotline_now() where tet and known_until is null");
        await hotline.ExecuteAsync("child-protection", "update duty_checks set due_at = hotline_now()");
        await Eventually.IsTrueAsync("the alarm is raised", async () => await OpenAlarmsAsync() == 1);
        var missing = (await officer.GetAsync("readiness")).Good();

        await hotline.ExecuteAsync("child-protection",
            """
            insert into calendar_days (date, name_vi, name_en, kind, basis, tet, source, known_from, changed_by)
            select make_date(extract(year from hotline_now())::int + n, 2, 3), 'Tết', 'Tet', 'holiday', 'decided', true, 'quyết định', hotline_now(), 'test' from generate_series(0, 2) n
            """);
        await hotline.ExecuteAsync("child-protection", "update duty_checks set due_at = hotline_now()");
        await Eventually.IsTrueAsync("the alarm is cleared", async () => await OpenAlarmsAsync() == 0);

        Assert.That(missing.Json["missingHolidays"]!.AsArray().Select(year => year!["state"]!.GetValue<string>()), Is.EqualTo(new[] { "missing", "missing" }));
        Assert.That((await officer.GetAsync("readiness")).Good().Json["missingHolidays"]!.AsArray(), Is.Empty);
    }

    [Test]
    public async Task Should_change_a_ladder_from_a_date_on()
    {
        var before = (await administrator.GetAsync("ladders")).Good();
        var plan = new JsonObject
        {
            ["validFrom"] = "2031-01-01T00:00:00Z",
            ["ladders"] = new JsonArray(new JsonObject
            {
                ["urgency"] = "P0",
                ["steps"] = new JsonArray(new JsonObject { ["unit"] = "central", ["layers"] = new JsonArray("head"), ["channels"] = new JsonArray("voice"), ["wait"] = "00:05:00" }),
            }),
        };

        var done = await administrator.PutAsync("ladders", plan, before.ETag);
        var twice = await administrator.PutAsync("ladders", plan, before.ETag);
        var (now, later) = ((await officer.GetAsync("ladders?at=2030-12-31T00:00:00Z")).Good(), (await officer.GetAsync("ladders?at=2031-01-02T00:00:00Z")).Good());

        Assert.That((done.Status, twice.Code), Is.EqualTo((HttpStatusCode.OK, "version.stale")), done.Text);
        Assert.That((StepsOfP0(now), StepsOfP0(later)), Is.EqualTo((4, 1)));
        Assert.That(now.Json["legalClocks"]!.AsArray().Select(clock => clock!["within"]!.GetValue<string>()), Does.Contain("12:00:00"));
    }

    [TestCase("""{"ladders": [{"urgency": "P0", "steps": []}]}""", "ladder.without-steps")]
    [TestCase("""{"templates": [{"channel": "sms", "language": "vi", "text": "{victim}"}]}""", "template.case-field")]
    [TestCase("""{"timeZone": "Nowhere"}""", "time-zone.unknown")]
    [TestCase("""{"ladders": [{"urgency": "P9", "steps": []}]}""", "request.unknown-code")]
    public async Task Should_refuse_a_plan_that_would_page_nobody_or_too_much(string body, string code)
    {
        var before = (await administrator.GetAsync("ladders")).Good();

        var answer = await administrator.PutAsync("ladders", JsonNode.Parse(body)!, before.ETag);

        Assert.That(answer.Code, Is.EqualTo(code), answer.Text);
        Assert.That((await administrator.GetAsync("ladders")).ETag, Is.EqualTo(before.ETag));
    }

    [Test]
    public async Task Should_keep_an_unusual_number_and_warn()
    {
        var me = await IdAsync("focal-point");
        var before = (await administrator.GetAsync($"officers/{me}/contacts")).Good();
        var body = new JsonObject
        {
            ["contacts"] = new JsonArray(
                new JsonObject { ["channel"] = "voice", ["address"] = "069.2348560" }, new JsonObject { ["channel"] = "sms", ["address"] = "0912 345 678" }),
            ["preferences"] = new JsonArray(new JsonObject { ["urgency"] = "P2", ["channels"] = new JsonArray("email") }),
        };

        var done = (await administrator.PutAsync($"officers/{me}/contacts", body, before.ETag)).Good();
        var twice = await administrator.PutAsync($"officers/{me}/contacts", body, before.ETag);

        Assert.That(done.Json["contacts"]!.AsArray().Select(c => (c!["address"]!.GetValue<string>(), c["warning"]?.GetValue<string>(), c["verified"]!.GetValue<bool>())),
            Is.EqualTo(new[] { ("069.2348560", "number.unusual", false), ("0912 345 678", (string?)null, false) }));
        Assert.That(twice.Code, Is.EqualTo("version.stale"));
        var readiness = (await officer.GetAsync("readiness")).Good();
        Assert.That(readiness.Json["unverified"]!.AsArray().Select(u => u!["officer"]!.GetValue<string>()), Does.Contain("focal-point"));
        Assert.That(await hotline.ScalarAsync<long>("child-protection",
            "select count(*) from officer_contacts where position(convert_to('2348560', 'UTF8') in address) > 0"), Is.Zero);
    }

    [Test]
    public async Task Should_show_contacts_to_the_officer_and_to_administrators_alone()
    {
        var (mine, others) = (await IdAsync("duty-officer"), await IdAsync("duty-head"));

        var (own, denied, unknown) = (
            await officer.GetAsync($"officers/{mine}/contacts"), await officer.GetAsync($"officers/{others}/contacts"),
            await administrator.GetAsync($"officers/{Guid.Empty}/contacts"));

        Assert.That((own.Status, denied.Code, unknown.Code), Is.EqualTo((HttpStatusCode.OK, "access.denied", "not-found")));
    }

    [TestCase("""{"contacts": [{"channel": "fax", "address": "1"}]}""", "request.unknown-code")]
    [TestCase("""{"contacts": [{"channel": "email", "address": "nobody"}]}""", "request.malformed")]
    [TestCase("""{"preferences": [{"urgency": "P1", "channels": []}]}""", "request.unknown-code")]
    public async Task Should_refuse_contacts_that_reach_nobody(string body, string code)
    {
        var mine = await IdAsync("duty-officer");
        var before = (await officer.GetAsync($"officers/{mine}/contacts")).Good();

        var answer = await officer.PutAsync($"officers/{mine}/contacts", JsonNode.Parse(body)!, before.ETag);

        Assert.That(answer.Code, Is.EqualTo(code), answer.Text);
    }

    [Test]
    public async Task Should_verify_a_contact_by_the_code_that_was_sent_to_it()
    {
        var (mine, contact) = await AddContactAsync();
        await PlantCodeAsync(contact, "123456", age: TimeSpan.Zero);

        var byAnother = await administrator.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "123456"));
        var wrong = await officer.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "654321"));
        var done = await officer.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "123456"));
        var twice = await officer.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "123456"));
        var unknown = await officer.PostAsync($"officers/{mine}/contacts/verify", Code(Guid.Empty, "123456"));

        Assert.That((byAnother.Code, wrong.Code, twice.Code, unknown.Code), Is.EqualTo(("access.denied", "contact.code-wrong", "contact.code-expired", "not-found")));
        Assert.That(done.Good().State, Is.EqualTo("verified"));
    }

    [Test]
    public async Task Should_take_no_code_after_five_tries_or_ten_minutes()
    {
        var (mine, contact) = await AddContactAsync();
        await PlantCodeAsync(contact, "123456", age: TimeSpan.Zero);
        for (var tries = 0; tries < 5; tries++)
            await officer.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "000000"));

        var tooOften = await officer.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "123456"));
        await PlantCodeAsync(contact, "123456", age: TimeSpan.FromMinutes(10));
        var tooLate = await officer.PostAsync($"officers/{mine}/contacts/verify", Code(contact, "123456"));

        Assert.That((tooOften.Code, tooLate.Code), Is.EqualTo(("contact.code-expired", "contact.code-expired")));
    }

    [Test]
    public async Task Should_list_who_would_not_be_reached_tonight()
    {
        var (hub, supervisor) = (await hotline.AsAdministrator(), await hotline.ScalarAsync<Guid>("intake", "select id from accounts where user_name = 'supervisor'"));
        var before = (await hub.GetAsync($"officers/{supervisor}/contacts")).Good();
        Assert.That(Unreachable((await hub.GetAsync("readiness")).Good()), Does.Not.ContainKey("supervisor"));

        (await hub.PutAsync($"officers/{supervisor}/contacts", new JsonObject { ["contacts"] = new JsonArray() }, before.ETag)).Good();

        Assert.That(Unreachable((await hub.GetAsync("readiness")).Good())["supervisor"], Is.EqualTo("no-verified-phone,no-verified-email"));
    }

    [Test]
    public async Task Should_set_deadlines_by_the_clocks_of_the_plan()
    {
        var operators = await hotline.AsOperator();
        var before = (await administrator.GetAsync("ladders")).Good();
        var clock = before.Json["clocks"]!.AsArray().First(c => c!["urgency"]!.GetValue<string>() == "P1")!.DeepClone().AsObject();
        clock["acknowledgeWithin"] = "00:20:00";
        (await administrator.PutAsync("ladders", new JsonObject { ["clocks"] = new JsonArray(clock) }, before.ETag)).Good();

        // The new clock counts for what arrives a few seconds later.
        var within = await Eventually.GetAsync("a referral has twenty minutes", async () =>
        {
            var referral = await operators.ReferNewAsync("child-protection", "P1");
            await operators.SeesStateAsync(referral, "delivered");
            return await hotline.ScalarAsync<TimeSpan>("child-protection", "select acknowledge_by - received_at from referrals where id = $1", referral);
        }, time => time == TimeSpan.FromMinutes(20));

        Assert.That(within, Is.EqualTo(TimeSpan.FromMinutes(20)));
    }

    async Task<(Guid Officer, Guid Contact)> AddContactAsync()
    {
        var mine = await IdAsync("duty-officer");
        var before = (await officer.GetAsync($"officers/{mine}/contacts")).Good();
        var wanted = before.Json.DeepClone().AsObject();
        wanted["contacts"]!.AsArray().Add(new JsonObject { ["channel"] = "sms", ["address"] = "0912 345 678" });
        var after = (await officer.PutAsync($"officers/{mine}/contacts", wanted, before.ETag)).Good();
        return (mine, after.Json["contacts"]!.AsArray().Last()!["id"]!.GetValue<Guid>());
    }

    /// <summary>As if the code had been sent so long ago.</summary>
    Task PlantCodeAsync(Guid contact, string code, TimeSpan age) => hotline.ExecuteAsync("child-protection",
        """
        insert into contact_codes (contact_id, code_mac, sent_at) values ($1, $2, hotline_now() - $3)
        on conflict (contact_id) do update set code_mac = excluded.code_mac, sent_at = excluded.sent_at, attempts = 0
        """,
        contact, StorageKeys.Load(hotline.Installation.Parties["child-protection"].Settings.KeyFolder).Mac(Encoding.UTF8.GetBytes($"{contact}/{code}"), "contact-code"), age);

    static JsonObject Code(Guid contact, string code) => new() { ["contactId"] = contact, ["code"] = code };

    static Dictionary<string, string> Unreachable(Answer readiness) => readiness.Json["unreachable"]!.AsArray()
        .GroupBy(u => u!["officer"]!.GetValue<string>()).ToDictionary(u => u.Key, u => string.Join(',', u.First()!["reasons"]!.AsArray().Select(r => r!.GetValue<string>())));

    async Task<Guid> IdAsync(string userName) => await hotline.ScalarAsync<Guid>("child-protection", "select id from accounts where user_name = $1", userName);

    Task<long> OpenAlarmsAsync() => hotline.ScalarAsync<long>("child-protection", "select count(*) from alarms where code = 'calendar.year-missing' and cleared_at is null")!;

    static int StepsOfP0(Answer plan) => plan.Json["ladders"]!.AsArray().First(ladder => ladder!["urgency"]!.GetValue<string>() == "P0")!["steps"]!.AsArray().Count;

    static JsonObject Year(int year, params JsonObject[] days) => new() { ["year"] = year, ["days"] = new JsonArray([.. days]) };

    static JsonObject Day(string date, string name) =>
        new() { ["date"] = date, ["nameVi"] = name, ["kind"] = "holiday", ["tet"] = true, ["source"] = "quyết định", ["decidedOn"] = "2028-11-01" };
}
