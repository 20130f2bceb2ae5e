using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>An agency that is away, whose queue is full, or that has no place on the broker: nothing is lost, nobody else waits.</summary>
public sealed class When_a_message_cannot_leave
{
    RunningHotline hotline = null!;
    BrokerHand broker = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police", "border-guard");
        broker = new BrokerHand(hotline.Installation);
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        broker.Dispose();
        await hotline.DisposeAsync();
    }

    [Test]
    public async Task Should_wait_for_an_agency_that_is_away()
    {
        hotline.Hosts["police"].Kill();
        var referrals = await ReferAsync("police", 5);
        await operators.SeesStateAsync(referrals[^1], "sent");

        await hotline.Hosts["police"].StartAsync();

        await EndsWellAsync(referrals);
    }

    [Test]
    public async Task Should_listen_again_when_the_broker_had_lost_its_user()
    {
        var officer = await hotline.AsDutyOfficer("police");
        Task SaysAsync(string broker) => Eventually.IsTrueAsync($"police calls its broker {broker}", async () =>
            (await officer.GetAsync("/health/ready")).Text.Contains($"\"broker\":\"{broker}\"", StringComparison.Ordinal));
        await SaysAsync("healthy");
        await broker.DeleteUserAsync("police");
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "sent");
        await SaysAsync("degraded");

        await hotline.Installation.ApplyTopologyAsync();

        await operators.SeesStateAsync(referral, "delivered");
        await SaysAsync("healthy");
        await EndsWellAsync([referral]);
    }

    [Test]
    public async Task Should_let_an_answer_go_before_what_ladders_tell_of_themselves()
    {
        var referrals = await ReferAsync("police", 12);
        var officer = await hotline.AsDutyOfficer("police");
        foreach (var referral in referrals)
            await officer.SeesStateAsync(referral, "delivered");
        await broker.DeleteUserAsync("police");
        Task<long> WaitAsync() => hotline.ScalarAsync<long>("police", "select count(*) from outbox where kind = 'escalation.advanced'");
        await Eventually.IsTrueAsync("two batches and more wait", async () =>
        {
            await hotline.FastForwardAsync(TimeSpan.FromMinutes(6));
            return await WaitAsync() > 150;
        });
        (await officer.PostAsync($"referrals/{referrals[0]}/acknowledge")).Good();

        var returned = await hotline.ScalarAsync<DateTime>("intake", "select hotline_now()");
        await hotline.Installation.ApplyTopologyAsync();

        await operators.SeesStateAsync(referrals[0], "acknowledged");
        await Eventually.IsTrueAsync("everything left", async () => await WaitAsync() == 0);
        await hotline.SettlesAsync("police");
        var before = await hotline.ScalarAsync<long>(
            "intake",
            """
            select count(*) from inbox e, inbox a where a.kind = 'referral.acknowledged' and a.referral_id = $1
              and e.kind = 'escalation.advanced' and e.received_at > $2 and e.received_at < a.received_at
            """, referrals[0], returned);
        Assert.That(before, Is.LessThan(100), "The answer waited for the ladders.");
    }

    [Test]
    public async Task Should_keep_what_a_full_queue_refuses_and_show_it()
    {
        hotline.Hosts["police"].Kill();
        await broker.LimitAsync("police", 1);
        var refused = new List<Guid>();
        // A quorum queue takes a few more than its limit before it says no.
        await Eventually.IsTrueAsync("the queue refuses", async () =>
        {
            refused.Add(await operators.ReferNewAsync("police"));
            return await hotline.ScalarAsync<long>("intake", "select count(*) from alarms where code = 'broker.refused' and party = 'police'") > 0;
        });
        var other = await operators.ReferNewAsync("border-guard");
        await operators.SeesStateAsync(other, "delivered");
        var shown = await operators.GetAsync($"referrals/{refused[^1]}");
        await broker.LiftLimitAsync();
        await hotline.Hosts["police"].StartAsync();

        Assert.That(shown.Good().State, Is.EqualTo("queued"));
        await EndsWellAsync(refused);
    }

    [Test]
    public async Task Should_park_what_has_no_exchange_and_hold_up_nobody([Values(false, true)] bool exchangeStays)
    {
        await (exchangeStays ? broker.UnbindAsync("police") : broker.DeleteExchangeAsync("police"));
        var nowhere = await ReferAsync("police", 3);
        var other = await ReferAsync("border-guard", 3);
        nowhere = [.. nowhere, .. await ReferAsync("police", 3)];

        foreach (var referral in other)
            await operators.SeesStateAsync(referral, "delivered");
        await RaisesAsync("broker.unroutable");
        await Eventually.IsTrueAsync("all of them are parked", async () => await hotline.ScalarAsync<long>(
            "intake", "select count(*) from outbox where receiver = 'police' and kind = 'referral.sent' and parked_at is not null") == nowhere.Count);
        var wrongly = await hotline.ScalarAsync<long>("intake", "select count(*) from alarms where code = 'broker.unroutable' and party = 'border-guard'");
        await hotline.Installation.ApplyTopologyAsync();
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(6));

        Assert.That(wrongly, Is.Zero, "The other agency's messages were taken for lost.");
        await EndsWellAsync(nowhere);
    }

    async Task<IReadOnlyList<Guid>> ReferAsync(string agency, int count)
    {
        var cases = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => operators.OpenCaseAsync()));
        var answers = await Task.WhenAll(cases.Select(c => operators.ReferAsync(c.Case, agency)));
        return [.. answers.Select(a => a.Good().Id)];
    }

    Task RaisesAsync(string code) => Eventually.IsTrueAsync($"the hub raises {code}", async () =>
        await hotline.ScalarAsync<long>("intake", "select count(*) from alarms where code = $1 and party = 'police'", code) > 0);

    async Task EndsWellAsync(IReadOnlyCollection<Guid> referrals)
    {
        foreach (var referral in referrals)
            await operators.SeesStateAsync(referral, "delivered");
        await hotline.SettlesAsync("police", "border-guard");
        await hotline.IsOnceAsync("police", referrals);
        await hotline.NothingIsParkedAsync();
    }
}
