using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>SIGKILL at random instants under load, and disks that are lost: every 201 is kept, and kept once.</summary>
public sealed class When_anything_is_killed
{
    static readonly string[] Agencies = ["police", "border-guard"];

    OwnServers own = null!;
    BrokerProxy proxy = null!;
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        own = await OwnServers.StartAsync();
        proxy = new BrokerProxy(own.Servers.Addresses.Broker.Port);
        hotline = await RunningHotline.StartAsync(own, proxy.Through, Agencies);
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await hotline.DisposeAsync();
        await proxy.DisposeAsync();
        await own.DisposeAsync();
    }

    [Test, Order(1)]
    public async Task Should_end_every_referral_in_one_effect_and_one_receipt()
    {
        var random = new Random(Scale.Seed());
        var load = new Load([operators], Agencies, atOnce: 4);
        var kills = new List<string>();

        for (var i = 0; i < Scale.Of(5); i++)
        {
            await Task.Delay(random.Next(300, 2500));
            // Each is killed in turn, from a random one on, so that a short run leaves out as little as can be.
            var victim = Victims[(i + (i % Victims.Length == 0 ? random.Next(Victims.Length) : 0)) % Victims.Length];
            kills.Add(victim);
            await KillAsync(victim, random.Next(0, 1500));
        }
        await load.DisposeAsync();
        await hotline.SettlesAsync(Agencies);

        await TestContext.Out.WriteLineAsync($"{load.Answered.Count} referrals, killed: {string.Join(", ", kills)}");
        Assert.That(load.Answered, Is.Not.Empty);
        foreach (var agency in Agencies)
            await hotline.IsOnceAsync(agency, [.. load.Answered.Intersect(await hotline.IdsAsync("intake", "select id from referrals where peer = $1 and class <> 'probe'", agency))]);
        Assert.That(load.Answered, Is.Unique.And.SubsetOf(await hotline.IdsAsync("intake", "select id from referrals")));
        // An operator who asked again after a lost answer made no second referral.
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from referrals where class <> 'probe'"), Is.EqualTo(load.Answered.Count));
        await hotline.NothingIsParkedAsync();
    }

    static readonly string[] Victims = ["intake", "broker", "police", "database", "border-guard"];

    async Task KillAsync(string victim, int downFor)
    {
        switch (victim)
        {
            case "broker":
                own.Broker.Kill();
                await Task.Delay(downFor);
                await own.Broker.StartAsync();
                break;
            case "database":
                own.Database.Kill();
                await Task.Delay(downFor);
                await own.Database.StartAsync();
                break;
            default:
                hotline.Hosts[victim].Kill();
                await Task.Delay(downFor);
                await hotline.Hosts[victim].StartAsync();
                break;
        }
    }

    [Test, Order(2)]
    [Explicit("Moves the clock by hours over thousands of open referrals, each of which then pages: it outlasts a test run. Part of the soak.")]
    public async Task Should_lose_nothing_with_the_brokers_disk()
    {
        var count = Scale.Of(100);
        var officer = await hotline.AsDutyOfficer("police");
        var first = await ReferAsync(count);
        foreach (var referral in first)
            await officer.SeesStateAsync(referral, "delivered");
        // Nobody hears from the broker any more: what both sides send now is with the broker alone, unreceipted.
        proxy.Hold("intake", Lane.Receiving, Flow.FromBroker);
        proxy.Hold("police", Lane.Receiving, Flow.FromBroker);
        var second = await ReferAsync(count);
        foreach (var referral in first)
            (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        foreach (var party in (string[])["intake", "police"])
            await Eventually.IsTrueAsync($"everything of {party} is with the broker", async () => await hotline.ScalarAsync<long>(party, "select count(*) from outbox") == 0);
        var unreceipted = (await hotline.OpenMessagesAsync("intake"), await hotline.OpenMessagesAsync("police"));

        own.Broker.Kill();
        proxy.Release();
        await own.Broker.DeleteBrokerDataAsync();
        await own.Broker.StartAsync();
        await hotline.Installation.ApplyTopologyAsync();
        await hotline.FastForwardAsync(TimeSpan.FromMinutes(61));

        await hotline.SettlesAsync(Agencies);
        foreach (var referral in first)
            await operators.SeesStateAsync(referral, "acknowledged");
        foreach (var referral in second)
            await operators.SeesStateAsync(referral, "delivered");
        Assert.That(unreceipted, Is.EqualTo(((long)count, (long)count)));
        await hotline.IsOnceAsync("police", second);
        await hotline.NothingIsParkedAsync();
    }

    async Task<IReadOnlyList<Guid>> ReferAsync(int count)
    {
        var referrals = new List<Guid>(count);
        foreach (var some in Enumerable.Range(0, count).Chunk(8))
            referrals.AddRange(await Task.WhenAll(some.Select(_ => operators.ReferNewAsync("police"))));
        return referrals;
    }
}
