using Hotline.Provisioning.Installations;
using Hotline.Scenarios.Tests.Faults;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Messages;

/// <summary>Two nodes of each service side by side, and new transport keys while thousands of messages are on their way.</summary>
public sealed class When_keys_rotate_in_mid_flight
{
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    RunningHotline hotline = null!;
    Actor[] operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        var further = await Task.WhenAll(hotline.StartFurtherNodeAsync("intake"), hotline.StartFurtherNodeAsync("police"));
        var first = await hotline.AsOperator();
        operators = [first, new Actor(further[0].Url, first.Token)];
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        operators[1].Dispose();
        await hotline.DisposeAsync();
    }

    [Test, Category(Scale.Category)]
    public async Task Should_lose_none_and_take_none_twice()
    {
        // A referral is two messages: it and its receipt.
        var wanted = Scale.Of(1000) / 2;
        var load = new Load(operators, ["police"], atOnce: 8);

        var rotations = 0;
        foreach (var party in (string[])["police", "intake", "police"])
        {
            var share = wanted * rotations++ / 3;
            await Eventually.IsTrueAsync($"{share} are referred", () => Task.FromResult(load.Answered.Count >= share), TimeSpan.FromMinutes(5));
            await KeyRotation.RotateAsync(hotline.Installation, party, Grace);
        }
        await Eventually.IsTrueAsync($"{wanted} are referred", () => Task.FromResult(load.Answered.Count >= wanted), TimeSpan.FromMinutes(5));
        await load.DisposeAsync();
        await hotline.SettlesAsync("police");

        await TestContext.Out.WriteLineAsync($"{load.Answered.Count} referrals and as many receipts across {rotations} rotations");
        await hotline.IsOnceAsync("police", load.Answered);
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from inbox i join referrals r on r.id = i.referral_id where r.class <> 'probe' and i.kind = 'referral.sent'"), Is.EqualTo(await hotline.ScalarAsync<long>("intake", "select count(*) from referrals where class <> 'probe'")));
    }

    [Test]
    public async Task Should_go_on_when_one_node_of_each_is_killed()
    {
        var load = new Load([operators[1]], ["police"], atOnce: 4);
        await Eventually.IsTrueAsync("the load runs", () => Task.FromResult(load.Answered.Count >= 5));

        hotline.Hosts["police"].Kill();
        hotline.Hosts["intake"].Kill();
        var before = load.Answered.Count;
        await Eventually.IsTrueAsync("the other nodes go on", () => Task.FromResult(load.Answered.Count >= before + 10));
        await load.DisposeAsync();
        await hotline.SettlesAsync("police");

        await hotline.IsOnceAsync("police", load.Answered);
        await hotline.NothingIsParkedAsync();
        await Task.WhenAll(hotline.Hosts["police"].StartAsync(), hotline.Hosts["intake"].StartAsync());
    }
}
