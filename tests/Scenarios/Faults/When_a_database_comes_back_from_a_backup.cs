using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>An hour of one side's work is gone from its database; the other side has its half of it.</summary>
public sealed class When_a_database_comes_back_from_a_backup
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test, Order(1)]
    public async Task Should_heal_when_it_was_the_agencys()
    {
        var before = await DeliveredAsync();
        (await officer.PostAsync($"referrals/{before}/acknowledge")).Good();
        await operators.SeesStateAsync(before, "acknowledged");
        var since = await AnHourIsLostAsync("police", async () =>
        {
            (await officer.PostAsync($"referrals/{before}/accept")).Good();
            await operators.SeesStateAsync(before, "accepted");
        });

        // What the officers did since the backup is not known any more: it is open work again, at both sides alike.
        await operators.SeesStateAsync(before, "acknowledged");
        await operators.SeesStateAsync(since.Acknowledged, "delivered");
        await officer.SeesStateAsync(since.Acknowledged, "delivered");
        await officer.SeesStateAsync(since.Untouched, "delivered");
        (await officer.PostAsync($"referrals/{since.Acknowledged}/acknowledge")).Good();
        await operators.SeesStateAsync(since.Acknowledged, "acknowledged");
        await IsWholeAgainAsync(before, since.Acknowledged, since.Untouched);
    }

    [Test, Order(2)]
    public async Task Should_heal_when_it_was_the_hubs()
    {
        var before = await DeliveredAsync();
        var since = await AnHourIsLostAsync("intake", async () =>
        {
            (await officer.PostAsync($"referrals/{before}/acknowledge")).Good();
            (await operators.PostAsync($"referrals/{before}/notes", new JsonObject { ["text"] = "Trước khi mất." })).Good();
        });

        // The agencies have it all: their word brings it back.
        await operators.SeesStateAsync(before, "acknowledged");
        await operators.SeesStateAsync(since.Acknowledged, "acknowledged");
        await operators.SeesStateAsync(since.Untouched, "delivered");
        (await operators.PostAsync($"referrals/{before}/notes", new JsonObject { ["text"] = "Sau khi mất." })).Good();
        (await officer.PostAsync($"referrals/{since.Acknowledged}/accept")).Good();
        await operators.SeesStateAsync(since.Acknowledged, "accepted");
        await IsWholeAgainAsync(before, since.Acknowledged, since.Untouched);
        var recovered = await hotline.IdsAsync("intake", "select referral_id from alarms where code = 'referral.recovered'");
        Assert.That(recovered, Is.EquivalentTo([since.Acknowledged, since.Untouched]));
    }

    sealed record Since(Guid Acknowledged, Guid Untouched);

    /// <summary>Backup, an hour of work, restore.</summary>
    async Task<Since> AnHourIsLostAsync(string party, Func<Task> work)
    {
        await hotline.SettlesAsync("police");
        await hotline.Hosts[party].StopAsync();
        await hotline.BackUpAsync(party);
        await hotline.Hosts[party].StartAsync();
        await work();
        var since = new Since(await DeliveredAsync(), await DeliveredAsync());
        (await officer.PostAsync($"referrals/{since.Acknowledged}/acknowledge")).Good();
        await operators.SeesStateAsync(since.Acknowledged, "acknowledged");
        await hotline.SettlesAsync("police");
        await hotline.FastForwardAsync(TimeSpan.FromHours(1));
        await hotline.Hosts[party].StopAsync();
        await hotline.RestoreAsync(party);
        await hotline.Hosts[party].StartAsync();
        return since;
    }

    async Task<Guid> DeliveredAsync()
    {
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "delivered");
        return referral;
    }

    /// <summary>Both sides show the same, everything has its receipt, and new referrals go through.</summary>
    async Task IsWholeAgainAsync(params Guid[] referrals)
    {
        await DeliveredAsync();
        await hotline.SettlesAsync("police");
        foreach (var referral in referrals)
        {
            const string query = "select state from referrals where id = $1";
            await Eventually.IsTrueAsync($"both sides show the same for {referral}", async () =>
                await hotline.ScalarAsync<string>("intake", query, referral) == await hotline.ScalarAsync<string>("police", query, referral));
        }
    }
}
