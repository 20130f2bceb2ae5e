using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>The broker's data folder is gone, with messages on their way in both directions: it was never the only one that had them.</summary>
public sealed class When_the_broker_loses_its_disk
{
    static readonly string[] Agencies = ["police"];

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

    [Test, Category(Scale.Category)]
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
