using Hotline.Duty.Escalations;
using Hotline.Duty.Tests.Desks;
using Hotline.Testing;
using Hotline.Testing.Running;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Escalations;

/// <summary>What is interrupted at its worst instant is done once, or again under the same key (escalation.md, "Shown by tests").</summary>
public sealed class When_workers_fail
{
    PoliceDesk desk = null!;
    string officer = null!;
    string phone = null!;

    [OneTimeSetUp]
    public async Task Open()
    {
        desk = await PoliceDesk.OpenAsync();
        (officer, phone) = Roll.Next("an");
        await desk.OfficerAsync(officer, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={officer}");
    }

    [OneTimeTearDown]
    public async Task Close() => await desk.DisposeAsync();

    [TearDown]
    public async Task Clear()
    {
        await desk.ExecuteAsync("delete from page_attempts");
        await desk.ExecuteAsync("delete from escalations");
        await desk.ExecuteAsync("delete from outbox");
    }

    [Test, Category("escalation.md 4")]
    public async Task Should_know_the_ladder_that_was_copied_while_an_answer_waited()
    {
        await desk.OpenEscalationAsync("P0", "01");
        await desk.Node().WorkAsync();
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await using var engine = await desk.ConnectAsync();
        await using var firstLook = await engine.BeginTransactionAsync();
        // As the engine does it at the first look, with a ladder that no transaction has seen.
        await using var copy = new NpgsqlCommand(
            """
            with p as (insert into escalation_policies select gen_random_uuid(), content from escalation_policies where content ? 'ladder' limit 1 returning id)
            update escalations set policy_id = p.id from p where subject_id = $1
            """, engine);
        copy.Parameters.AddWithValue(subject);
        var copied = await copy.ExecuteNonQueryAsync();

        var answer = desk.EscalationAsync(subject);
        await Eventually.IsTrueAsync("the answer waits for the engine", async () => await desk.ScalarAsync<long>("select count(*) from pg_locks where not granted") > 0);
        await firstLook.CommitAsync();

        Assert.That(copied, Is.EqualTo(1));
        Assert.That((await answer).Policy?.Ladder.Steps, Is.Not.Empty);
    }

    [Test, Category("escalation.md 1")]
    public async Task Should_fire_once_when_a_worker_ends_between_claim_and_commit()
    {
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await desk.FailAsync("page_attempts", "insert", deferred: true);
        Assert.That(await TryAsync(desk.Node().WorkOnceAsync), Is.False);

        await desk.HealAsync("page_attempts");
        await desk.ForwardAsync(TimeSpan.FromSeconds(11));
        var (before, node) = (desk.PhoneOf(phone).Count, desk.Node());
        await node.WorkAndSendAsync();

        Assert.That(await desk.PagesAsync(subject, "sms"), Has.Count.EqualTo(1));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(before + 1));
    }

    [Test, Category("escalation.md 1")]
    public async Task Should_fire_once_when_a_worker_ends_between_commit_and_send()
    {
        var before = desk.PhoneOf(phone).Count;
        await desk.OpenEscalationAsync("P0", "01");
        await desk.Node().WorkAsync();

        await desk.Node().SendAsync();
        await desk.Node().SendAsync();

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(before + 1));
    }

    [Test, Category("escalation.md 1")]
    public async Task Should_send_again_with_the_same_key_when_a_worker_ends_between_the_providers_answer_and_the_record()
    {
        var before = desk.PhoneOf(phone).Count;
        desk.Simulator.Behave("gateway-1", Simulator.Behaviour.Silent);
        var subject = await desk.OpenEscalationAsync("P0", "01");
        var node = desk.Node();
        await node.WorkAsync();
        await desk.FailAsync("page_attempts", "update", deferred: false, "new.channel = 'sms' and new.state = 'accepted-by-provider'");
        Assert.That(await TryAsync(node.SendAsync), Is.False);

        await desk.HealAsync("page_attempts");
        await desk.ForwardAsync(TimeSpan.FromSeconds(61));
        await desk.Node().SendAsync();
        desk.Simulator.Behave("gateway-1", Simulator.Behaviour.Good);

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(before + 1));
        Assert.That(desk.PhoneOf(phone)[^1].Copies, Is.EqualTo(2));
        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"1.0 {officer} sms accepted-by-provider" }));
    }

    [Test]
    public async Task Should_page_all_the_same_when_the_hub_has_no_key_to_be_told_under()
    {
        var node = await desk.NodeWithoutKeyOfTheHubAsync();
        var (referral, before) = (await desk.OpenReferralAsync(node, "P0"), desk.PhoneOf(phone).Count);

        await node.WorkAndSendAsync();
        var untold = await desk.WordsAsync(referral);
        await desk.ForwardAsync(TimeSpan.FromSeconds(8));
        await desk.Node().Get<ReportResults>().ReportAsync(CancellationToken.None);

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(before + 1));
        Assert.That((untold, await desk.WordsAsync(referral)), Is.EqualTo((0L, 1L)), "told as soon as there is a key");
    }

    [Test, Category("escalation.md 18")]
    public async Task Should_tell_the_hub_of_what_is_parked_and_try_it_again()
    {
        var (node, before) = (desk.Node(), desk.PhoneOf(phone).Count);
        var referral = await desk.OpenReferralAsync(node, "P0");
        await desk.PoisonAsync(referral);
        await desk.ParkAsync(node);
        var parked = (await desk.ScalarAsync<string>("select status from escalations where subject_id = $1", referral), await desk.WordsAsync(referral));

        await desk.ExecuteAsync("update escalations set policy_id = null where subject_id = $1", referral);
        await desk.ForwardAsync(TimeSpan.FromMinutes(1));
        await node.WorkAndSendAsync();

        Assert.That(parked, Is.EqualTo(("parked", 1L)));
        Assert.That((await desk.EscalationAsync(referral)).Status, Is.EqualTo(EscalationStatus.Paging));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(before + 1));
    }

    [Test]
    public async Task Should_hold_no_more_pages_than_can_leave_under_their_lease()
    {
        var before = desk.PhoneOf(phone).Count;
        for (var i = 0; i < 80; i++)
            await desk.OpenEscalationAsync("P0", "01");
        var node = desk.Node();
        await node.WorkAsync();
        await desk.ExecuteAsync("create table leases (held bigint)");
        await desk.ExecuteAsync(
            "create function count_leases() returns trigger language plpgsql security definer as 'begin insert into leases select count(*) from page_attempts where state = ''sending''; return null; end'");
        await desk.ExecuteAsync("create trigger count_leases after update on page_attempts for each statement execute function count_leases()");

        await node.SendAsync();
        await desk.ExecuteAsync("drop trigger count_leases on page_attempts");

        Assert.That(await desk.ScalarAsync<long>("select max(held) from leases"), Is.InRange(1, 32));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(before + 80));
    }

    [Test, Category("escalation.md 2")]
    public async Task Should_take_one_step_when_five_workers_see_one_due_row()
    {
        var subject = await desk.OpenEscalationAsync("P0", "01");
        var nodes = Enumerable.Range(0, 5).Select(_ => desk.Node()).ToList();

        await Task.WhenAll(nodes.Select(n => Task.Run(n.WorkOnceAsync)));

        Assert.That((await desk.EscalationAsync(subject)).Step, Is.EqualTo(1));
        Assert.That(await desk.PagesAsync(subject, "sms"), Has.Count.EqualTo(1));
    }

    [Test, Category("escalation.md 3"), Category(Scale.Category)]
    public async Task Should_lose_none_and_double_none_when_the_database_is_stopped_hard_in_mid_cycle()
    {
        var many = Scale.Of(1000);
        await desk.ExecuteAsync(
            """
            insert into escalations (id, kind, subject_id, reference, class, urgency, unit, next_due_at, started_at)
            select gen_random_uuid(), 'watch', gen_random_uuid(), 'CT-' || n, 'exercise', 'P' || n % 4, '01', hotline_now(), hotline_now() from generate_series(1, $1) n
            """, many);
        var nodes = new[] { desk.Node(), desk.Node() };
        var working = nodes.Select(n => Task.Run(async () =>
        {
            long left = many;
            while (left > 0)
            {
                await TryAsync(n.WorkOnceAsync);
                await TryAsync(async () => (int)(left = await desk.ScalarAsync<long>("select count(*) from escalations where step = 0")));
            }
        })).ToList();
        await Eventually.IsTrueAsync("some are advanced", async () => await desk.ScalarAsync<long>("select count(*) from escalations where step = 1") > 0);
        await PoliceDesk.StopDatabaseHardAndStartAsync();
        await Task.WhenAll(working);

        Assert.That(await desk.ScalarAsync<long>("select count(*) from escalations where step = 1 and loop = 0"), Is.EqualTo(many));
        Assert.That(await desk.ScalarAsync<long>("select count(distinct escalation_id) from page_attempts where channel = 'console'"), Is.EqualTo(many));
        Assert.That(await desk.ScalarAsync<long>(
            "select count(*) from (select from page_attempts group by escalation_id, generation, loop, step, target_id, channel having count(*) > 1) as doubled"), Is.Zero);
    }

    [Test, Category("escalation.md 17")]
    public async Task Should_change_nothing_when_a_nodes_own_clock_is_an_hour_off()
    {
        var subject = await desk.OpenEscalationAsync("P0", "01");
        var early = desk.NodeWithClock(TimeSpan.FromHours(-1));
        var late = desk.NodeWithClock(TimeSpan.FromHours(1));

        await late.WorkAsync();
        await early.WorkAsync();
        await late.WorkAsync();
        var due = (await desk.EscalationAsync(subject)).NextDueAt;

        Assert.That((await desk.EscalationAsync(subject)).Step, Is.EqualTo(1));
        Assert.That(due, Is.GreaterThan(await desk.NowAsync()).And.LessThanOrEqualTo(await desk.NowAsync() + TimeSpan.FromMinutes(5)));
    }

    /// <returns>False where the turn was cut off.</returns>
    static async Task<bool> TryAsync(Func<Task<int>> turn)
    {
        try
        {
            await turn();
            return true;
        }
        catch (Exception cut) when (cut is NpgsqlException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            return false;
        }
    }
}
