using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>SIGKILL at random instants under load: every 201 is kept, and kept once.</summary>
public sealed class When_anything_is_killed
{
    static readonly string[] Agencies = ["police", "border-guard"];

    OwnServers own = null!;
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        own = await OwnServers.StartAsync();
        hotline = await RunningHotline.StartAsync(own, plan => plan, Agencies);
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await hotline.DisposeAsync();
        await own.DisposeAsync();
    }

    [Test, Category(Scale.Category)]
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
}
