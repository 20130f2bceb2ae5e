using System.Text.Json.Nodes;
using Hotline.Simulator;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Duty;

/// <summary>What the hotline sees of silence, and whom it wakes (R33).</summary>
public sealed class When_the_hotline_watches
{
    const string OfficersPhone = "0912 000 911";
    const string SupervisorsPhone = "0912 000 912";

    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { SimulateChannels = true }, "police");
        await hotline.AddContactAsync("police", "duty-officer", $"sms:{OfficersPhone}");
        foreach (var unit in new[] { "01", "central" })
            await hotline.PutOnDutyAsync("police", unit, "primary=duty-officer");
        await hotline.AddContactAsync("intake", "supervisor", $"sms:{SupervisorsPhone}");
        await hotline.PutOnDutyAsync("intake", "central", "primary=supervisor");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test, Order(1)]
    public async Task Should_show_what_an_agency_does_not_receive_with_the_numbers_to_ring_and_who_takes_it()
    {
        var (operators, supervisor) = (await hotline.AsOperator(), await hotline.AsSupervisor());
        hotline.Hosts["police"].Kill();
        var referral = await operators.ReferNewAsync("police", "P1");

        await hotline.FastForwardAsync(TimeSpan.FromSeconds(61));
        var item = await LateAsync(operators, referral, "not-delivered");
        var key = Guid.CreateVersion7();
        var taken = await operators.PostAsync($"watch/{item["id"]}/take", idempotencyKey: key);
        var again = await operators.PostAsync($"watch/{item["id"]}/take", idempotencyKey: key);
        var second = await supervisor.PostAsync($"watch/{item["id"]}/take");
        await hotline.Hosts["police"].StartAsync();
        await operators.SeesStateAsync(referral, "delivered");

        Assert.That(item["callSheet"]!.AsArray().Select(n => (string?)n!["unit"]).ToList(), Has.ItemAt(0).EqualTo("01").And.Contain("central"));
        Assert.That(taken.Good()["takenBy"], Is.EqualTo("operator"));
        Assert.That((again.Status, again.Text), Is.EqualTo((taken.Status, taken.Text)), "sent again");
        Assert.That((second.Code, second["by"]), Is.EqualTo(("watch.taken", "operator")));
        await Eventually.IsTrueAsync("the item is cleared", async () => !(await CodesAsync(operators, referral)).Contains("not-delivered"));
    }

    [Test, Order(2)]
    public async Task Should_page_the_shift_supervisor_for_what_nobody_takes()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", "P0");
        await operators.SeesStateAsync(referral, "delivered");
        var reference = (await operators.GetAsync($"referrals/{referral}"))["reference"];

        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await LateAsync(operators, referral, "not-acknowledged");
        await hotline.FastForwardAsync(TimeSpan.FromSeconds(61));

        await Eventually.IsTrueAsync("the supervisor's phone has it", () => Task.FromResult(
            hotline.Simulator.Devices.Messages.Any(m => m.To == SupervisorsPhone && m.Text.Contains(reference))));
    }

    [Test, Order(2)]
    public async Task Should_watch_again_when_an_answer_stands_no_more()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var (raised, back, silent) = (await operators.ReferNewAsync("police", "P1"), await operators.ReferNewAsync("police", "P0"), await operators.ReferNewAsync("police", "P0"));
        foreach (var referral in new[] { raised, back, silent })
            await officer.SeesStateAsync(referral, "delivered");
        (await operators.PostAsync($"referrals/{raised}/answered-by-phone", new JsonObject { ["person"] = "Trực ban" })).Good();
        foreach (var referral in new[] { back, silent })
        {
            (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
            await operators.SeesStateAsync(referral, "acknowledged");
        }
        await Eventually.IsTrueAsync("the watch has looked and is content", () => hotline.ScalarAsync<bool>(
            "intake", "select bool_and(watch_due_at > hotline_now() + interval '30 minutes') from referrals where id = any($1)", new[] { raised, back }));

        (await operators.PostAsync($"referrals/{raised}/updates", new JsonObject { ["urgency"] = "P0" })).Good();
        (await officer.PostAsync($"referrals/{back}/hand-back", new JsonObject { ["reason"] = "hết ca" })).Good();
        await operators.SeesStateAsync(back, "delivered");
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await LateAsync(operators, raised, "not-acknowledged");
        await LateAsync(operators, back, "not-acknowledged");
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(26));
        await Eventually.IsTrueAsync("pages go out again", () => hotline.ScalarAsync<bool>("intake", "select unanswered_since is not null from referrals where id = $1", silent));
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await LateAsync(operators, silent, "not-acknowledged");

        // Over at the hub, and the agency works on it.
        await hotline.ExecuteAsync("intake", "update referrals set state = 'revoked', watch_due_at = null, watch_late = false where id = $1", silent);
        (await officer.PostAsync($"referrals/{silent}/acknowledge")).Good();
        await operators.SeesStateAsync(silent, "acknowledged");

        Assert.That(await hotline.ScalarAsync<bool>("intake", "select reopened and watch_due_at is not null from referrals where id = $1", silent), Is.True);
        await Eventually.IsTrueAsync("what was answered again is cleared", async () => !(await CodesAsync(operators, silent)).Contains("not-acknowledged"));
        foreach (var referral in new[] { raised, back, silent })
            (await officer.PostAsync($"referrals/{referral}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = "xong" })).Good();
    }

    [Test, Order(3)]
    public async Task Should_telephone_at_once_when_both_gateways_are_down()
    {
        var operators = await hotline.AsOperator();
        hotline.Simulator.Behave("gateway-1", Behaviour.Down);
        hotline.Simulator.Behave("gateway-2", Behaviour.Down);

        var referral = await operators.ReferNewAsync("police", "P0");
        var item = await LateAsync(operators, referral, "nobody-reached");
        hotline.Simulator.Behave("gateway-1", Behaviour.Good);
        hotline.Simulator.Behave("gateway-2", Behaviour.Good);

        Assert.That(item["callSheet"]!.AsArray(), Is.Not.Empty);
        Assert.That(
            await hotline.ScalarAsync<bool>("police", $"select exists (select from page_attempts p join escalations e on e.id = p.escalation_id where e.subject_id = '{referral}' and p.channel = 'email' and p.state = 'accepted-by-provider')"),
            "a mail server took its letter");
    }

    [Test, Order(4), Category("escalation.md 19")]
    public async Task Should_still_page_by_direct_channels_while_the_broker_is_down_for_30_minutes_at_night()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", "P0");
        await operators.SeesStateAsync(referral, "delivered");
        var reference = (await operators.GetAsync($"referrals/{referral}"))["reference"];
        await PagesAsync(reference, 1);
        var servers = await TestServers.StartAsync();
        await servers.RabbitMq!.StopAsync();

        var pages = 1;
        for (var passed = 0; passed < 30; passed += 5)
        {
            await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
            await PagesAsync(reference, ++pages);
        }
        var away = await Eventually.GetAsync("the hotline sees it", () => operators.GetAsync("watch"), w => w.Text.Contains("broker-away"));
        await servers.StartBrokerAsync();

        Assert.That(away.Text, Does.Contain("not-acknowledged"));
        await Eventually.IsTrueAsync("the hotline hears of the pages", async () =>
            (await operators.GetAsync($"referrals/{referral}/history")).Json["items"]!.AsArray().Count(i => (string?)i!["detail"]?["result"] == "paging") >= 7);
        await Eventually.IsTrueAsync("the broker is back", async () => !(await operators.GetAsync("watch")).Text.Contains("broker-away"));
    }

    [Test, Order(5)]
    public async Task Should_send_probes_to_nobody_and_notice_when_one_is_lost_and_when_they_are_back()
    {
        var operators = await hotline.AsOperator();
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await SuccessAsync(operators, after: DateTimeOffset.MinValue);
        await Eventually.IsTrueAsync("none is lost", async () => !(await operators.GetAsync("watch")).Text.Contains("probe-lost"));
        var (lost, back) = (await RecordsAsync("probe.lost"), await RecordsAsync("probe.back"));
        var phones = hotline.Simulator.Devices.Messages.Count(m => m.Text.Contains("PROBE"));

        hotline.Hosts["police"].Kill();
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await Eventually.IsTrueAsync("one more is sent", async () =>
            await hotline.ScalarAsync<bool>("intake", "select sent_at > answered_at from probes where agency = 'police'"));
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await Eventually.IsTrueAsync("its loss is seen", async () => (await operators.GetAsync("watch")).Text.Contains("probe-lost"));
        await hotline.Hosts["police"].StartAsync();
        await Eventually.IsTrueAsync("they are back", async () => !(await operators.GetAsync("watch")).Text.Contains("probe-lost"));

        Assert.That(phones, Is.Zero);
        Assert.That((await operators.GetAsync("referrals?limit=200")).Text, Does.Not.Contain("PROBE"));
        Assert.That(await RecordsAsync("probe.lost"), Is.EqualTo(lost + 1));
        Assert.That(await RecordsAsync("probe.back"), Is.EqualTo(back + 1));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.That(await http.GetStringAsync(new Uri(hotline.Hosts["intake"].Url, "/metrics")), Does.Contain("hotline_probes_last_success"));
    }

    [Test, Order(7)]
    public async Task Should_forget_probes_after_a_week_on_both_sides()
    {
        var old = await hotline.ScalarAsync<Guid>("intake", "select id from referrals where class = 'probe' order by created_at limit 1");

        await hotline.FastForwardAsync(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(20));

        foreach (var party in new[] { "intake", "police" })
            await Eventually.IsTrueAsync($"{party} has forgotten", async () =>
                !await hotline.ScalarAsync<bool>(party, "select exists (select from referrals where id = $1) or exists (select from inbox where referral_id = $1)", old));
    }

    [Test, Order(6)]
    public async Task Should_not_bring_forgotten_probes_back_when_inventories_are_compared()
    {
        var operators = await hotline.AsOperator();
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(5));
        await Eventually.IsTrueAsync("a probe is answered", async () => await hotline.ScalarAsync<bool>("intake", "select answered_at >= sent_at from probes where agency = 'police'"));
        // Forgotten a week later, a probe has no message on its way.
        await hotline.SettlesAsync("police");

        await hotline.ExecuteAsync("intake", "select forget_probes(hotline_now() + interval '1 day')");
        await hotline.ExecuteAsync("intake", "update party_state set inventory_due_at = null");
        await Eventually.IsTrueAsync("the inventory is stated", async () => await hotline.ScalarAsync<bool>("intake", "select inventory_due_at is not null from party_state"));
        await operators.SeesStateAsync(await operators.ReferNewAsync("police"), "delivered");
        await hotline.SettlesAsync("police");

        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from referrals where reference like 'CT-RECOVERED%'"), Is.Zero);
    }

    Task<long> RecordsAsync(string kind) => hotline.ScalarAsync<long>(
        "intake", "select count(*) from audit.records where leaf::json->>'kind' = $1 and leaf::json->>'code' = 'police'", kind);

    static Task SuccessAsync(Actor operators, DateTimeOffset after) => Eventually.IsTrueAsync("a probe comes back", async () =>
        (await operators.GetAsync("probes")).Json["items"]!.AsArray().Any(i => (string?)i!["agency"] == "police" && i["lastSuccessAt"] is { } at && at.GetValue<DateTimeOffset>() > after));

    Task PagesAsync(string reference, int count) => Eventually.IsTrueAsync($"{count} pages of {reference}", () => Task.FromResult(
        hotline.Simulator.Devices.Messages.Count(m => m.To == OfficersPhone && m.Text.Contains(reference)) >= count));

    static async Task<JsonNode> LateAsync(Actor by, Guid referral, string code)
    {
        var watch = await Eventually.GetAsync($"{code} of {referral}", () => by.GetAsync("watch"), w => ItemOf(w, referral, code) is not null);
        return ItemOf(watch, referral, code)!;
    }

    static async Task<IReadOnlyList<string?>> CodesAsync(Actor by, Guid referral) =>
        [.. (await by.GetAsync("watch")).Json["items"]!.AsArray().Where(i => (string?)i!["referralId"] == referral.ToString()).Select(i => (string?)i!["code"])];

    static JsonNode? ItemOf(Answer watch, Guid referral, string code) =>
        watch.Json["items"]!.AsArray().FirstOrDefault(i => (string?)i!["referralId"] == referral.ToString() && (string?)i["code"] == code);
}
