using Hotline.Duty.Channels;
using Hotline.Duty.Tests.Desks;
using Hotline.Simulator;
using Hotline.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Channels;

/// <summary>Gateways that are down, lie or fall silent, and a storm (escalation.md, "Shown by tests").</summary>
public sealed class When_channels_fail
{
    PoliceDesk desk = null!;
    string officer = null!;
    string phone = null!;

    [OneTimeSetUp]
    public async Task Open() => desk = await PoliceDesk.OpenAsync();

    [OneTimeTearDown]
    public async Task Close() => await desk.DisposeAsync();

    [SetUp]
    public async Task PutOnDuty()
    {
        (officer, phone) = Roll.Next("an");
        await desk.OfficerAsync(officer, $"sms:{phone}", $"email:{officer}@police.example");
        await desk.RosterAsync("01", $"primary={officer}");
        desk.Simulator.Behave("gateway-1", Behaviour.Good);
        desk.Simulator.Behave("gateway-2", Behaviour.Good);
    }

    [TearDown]
    public async Task Clear()
    {
        await desk.ExecuteAsync("delete from page_attempts");
        await desk.ExecuteAsync("delete from escalations");
    }

    [Test, Category("escalation.md 13")]
    public async Task Should_send_by_the_second_gateway_when_the_first_is_down()
    {
        desk.Simulator.Behave("gateway-1", Behaviour.Down);
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await desk.Node().WorkAndSendAsync();

        Assert.That(desk.PhoneOf(phone).Select(m => m.Gateway), Is.EqualTo(new[] { "gateway-2" }));
        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"1.0 {officer} sms accepted-by-provider" }));
    }

    [Test]
    public async Task Should_pass_over_a_gateway_that_was_taken_out_of_use()
    {
        await desk.ExecuteAsync("insert into gateway_switches (gateway, changed_by, changed_at) values ('gateway-1', 'test', hotline_now())");
        try
        {
            await desk.OpenEscalationAsync("P0", "01");
            await desk.Node().WorkAndSendAsync();
        }
        finally
        {
            await desk.ExecuteAsync("delete from gateway_switches");
        }

        Assert.That(desk.PhoneOf(phone).Select(m => m.Gateway), Is.EqualTo(new[] { "gateway-2" }));
    }

    [Test]
    public async Task Should_settle_with_its_order_a_page_that_no_channel_can_take()
    {
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await desk.NodeWith(settings => settings with { Channels = null }).WorkAsync();

        var kept = await desk.ScalarAsync<string>("select leaf ->> 'code' from (select leaf::json from audit.records where leaf::json ->> 'kind' = 'page.not-sent' order by id desc limit 1) r");
        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"1.0 {officer} sms not-sent no-gateway" }));
        Assert.That(await desk.PagesAsync(subject, "email"), Is.EqualTo(new[] { $"1.0 {officer} email not-sent no-mail-server" }));
        Assert.That(kept, Does.EndWith($"{officer} sms no-gateway, {officer} email no-mail-server").Or.EndsWith($"{officer} email no-mail-server, {officer} sms no-gateway"));
        Assert.That(await desk.ScalarAsync<long>("select count(*) from page_attempts where due_at is not null and channel <> 'console'"), Is.Zero, "nothing is left for the sender");
    }

    [Test, Category("escalation.md 13")]
    public async Task Should_say_that_both_gateways_are_down_and_go_on_with_the_ladder()
    {
        desk.Simulator.Behave("gateway-1", Behaviour.Down);
        desk.Simulator.Behave("gateway-2", Behaviour.Down);
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await desk.Node().WorkAndSendAsync();

        desk.Simulator.Behave("gateway-2", Behaviour.Good);
        await desk.ForwardAsync(TimeSpan.FromMinutes(5));
        await desk.Node().WorkAndSendAsync();

        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[]
        {
            $"1.0 {officer} sms failed gateway-down-all", $"2.0 {officer} sms accepted-by-provider",
        }));
        Assert.That(desk.Simulator.Devices.Mails.Count(m => m.To == $"{officer}@police.example"), Is.EqualTo(2));
    }

    [Test]
    public async Task Should_note_an_outcome_that_the_database_did_not_take_at_first()
    {
        var subject = await desk.OpenEscalationAsync("P1", "01");
        var node = desk.Node();
        await node.WorkAsync();
        await desk.ExecuteAsync(
            """
            create sequence refused;
            create function refuse_once() returns trigger language plpgsql as $$ begin
              if new.state = 'accepted-by-provider' and nextval('refused') = 1 then raise exception 'crossed' using errcode = '40P01'; end if;
              return new; end $$;
            grant usage on sequence refused to public;
            create trigger refuse_once before update on page_attempts for each row execute function refuse_once()
            """);
        try
        {
            await node.SendAsync();
        }
        finally
        {
            await desk.ExecuteAsync("drop trigger refuse_once on page_attempts; drop function refuse_once; drop sequence refused");
        }

        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"1.0 {officer} sms accepted-by-provider" }));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1), "known, and not sent again");
    }

    [Test]
    public async Task Should_lock_the_pages_of_a_bundle_in_one_order_whoever_writes_them()
    {
        foreach (var _ in Enumerable.Range(0, 20))
            await desk.OpenEscalationAsync("P1", "01");
        var node = desk.Node();
        await node.WorkAndSendAsync();
        var (bundle, results) = (await desk.ScalarAsync<Guid>("select bundle_id from page_attempts where channel = 'sms' limit 1"), node.Get<PageResults>());
        var ids = await desk.ScalarAsync<Guid[]>("select array_agg(id order by id desc) from page_attempts where bundle_id = $1", bundle);
        var outcomes = ids.Select(id => (PageOf(id), SendOutcome.Failed("test"))).ToList();

        await HoldsOnlyTheFirstAsync(() => results.NoteAsync(outcomes, CancellationToken.None));
        await desk.ExecuteAsync("update page_attempts set state = 'accepted-by-provider', settled_at = null where bundle_id = $1", bundle);
        await HoldsOnlyTheFirstAsync(() => results.ReportedAsync("gateway-1", bundle, "delivered", null, CancellationToken.None));

        DuePage PageOf(Guid id) => new(
            id, Guid.Empty, "P1", Guid.Empty, officer, "sms", null, "sending", bundle, 1, DateTimeOffset.UnixEpoch, "watch", "CT-1", "exercise", Guid.Empty, true, null);

        async Task HoldsOnlyTheFirstAsync(Func<Task> write)
        {
            await using var connection = await desk.ConnectAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("select id from page_attempts where id = $1 for update", connection) { Parameters = { new() { Value = ids[^1] } } })
                await hold.ExecuteNonQueryAsync();
            var writing = write();
            await Eventually.IsTrueAsync("it waits for the first", async () => await desk.ScalarAsync<long>(
                "select count(*) from pg_locks where not granted and $1 = any(pg_blocking_pids(pid))", connection.ProcessID) > 0);

            Assert.That(await desk.ScalarAsync<long>("select count(*) from (select id from page_attempts where id = any($1) for update skip locked) f", ids), Is.EqualTo(ids.Length - 1));
            await transaction.RollbackAsync();
            await writing;
        }
    }

    [Test, Category("escalation.md 14")]
    public async Task Should_count_as_failed_what_the_provider_accepted_and_never_delivered()
    {
        desk.Simulator.Behave("gateway-1", Behaviour.Silent);
        var subject = await desk.OpenEscalationAsync("P0", "01");
        var node = desk.Node();
        await node.WorkAndSendAsync();
        var accepted = await desk.PagesAsync(subject, "sms");

        await desk.ForwardAsync(TimeSpan.FromSeconds(61));
        await node.SendAsync();

        Assert.That(accepted, Is.EqualTo(new[] { $"1.0 {officer} sms accepted-by-provider" }));
        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"1.0 {officer} sms failed no-delivery-report" }));
    }

    [Test]
    public async Task Should_not_take_200_with_rubbish_for_an_answer()
    {
        desk.Simulator.Behave("gateway-1", Behaviour.Rubbish);
        desk.Simulator.Behave("gateway-2", Behaviour.Rubbish);
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await desk.Node().WorkAndSendAsync();

        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"1.0 {officer} sms failed gateway-rubbish-all" }));
        Assert.That(desk.PhoneOf(phone), Is.Empty);
    }

    [Test, Category("escalation.md 15")]
    public async Task Should_bundle_200_referrals_for_an_officer_and_hold_back_no_P0()
    {
        for (var i = 0; i < 200; i++)
            await desk.OpenEscalationAsync(i % 40 == 0 ? "P0" : "P1", "01");
        var node = desk.Node();
        await node.WorkAsync();

        await node.SendAsync();
        var first = desk.PhoneOf(phone);
        await desk.ForwardAsync(TimeSpan.FromSeconds(6));
        await node.SendAsync();

        Assert.That(first.Count(m => m.Text.Contains(" P0 ")), Is.EqualTo(5));
        Assert.That(first, Has.Count.EqualTo(6));
        Assert.That(desk.PhoneOf(phone), Has.Count.LessThanOrEqualTo(7));
        Assert.That(await desk.ScalarAsync<long>("select count(*) from page_attempts where channel = 'sms' and state = 'pending'"), Is.Zero);
        Assert.That(desk.PhoneOf(phone).Where(m => m.Text.Contains(" P1 ")).Select(m => m.Text), Is.All.Match(@"CT-\w+, CT-\w+, CT-\w+ \(\+\d+\)"));
    }

    [Test]
    public async Task Should_reach_no_real_channel_in_an_exercise_unless_that_was_enabled()
    {
        var real = desk.NodeWith(settings => settings with
        {
            Channels = settings.Channels! with
            {
                Smtp = settings.Channels.Smtp! with { Simulated = false },
                Gateways = [.. settings.Channels.Gateways.Select(g => g with { Simulated = false })],
            },
        });
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await real.WorkAndSendAsync();
        var before = await desk.PagesAsync(subject, "sms");

        await desk.ExecuteAsync("update exercise_channels set enabled_until = hotline_now() + interval '1 hour', enabled_by = 'test'");
        await desk.ForwardAsync(TimeSpan.FromMinutes(5));
        await real.WorkAndSendAsync();
        await desk.ExecuteAsync("update exercise_channels set enabled_until = null, enabled_by = null");

        Assert.That(before, Is.EqualTo(new[] { $"1.0 {officer} sms not-sent exercise" }));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
    }
}
