using Hotline.Contracts;
using Hotline.Duty.Tests.Desks;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Rounds;

/// <summary>What every node looks at by itself: its clock, its inventory, its key directory.</summary>
public sealed class When_a_node_makes_its_rounds
{
    PoliceDesk desk = null!;

    [OneTimeSetUp]
    public async Task Open() => desk = await PoliceDesk.OpenAsync();

    [OneTimeTearDown]
    public async Task Close() => await desk.DisposeAsync();

    [TearDown]
    public Task Clear() => desk.ExecuteAsync("delete from outbox");

    [TestCase(-1), TestCase(1), Category("escalation.md 17")]
    public async Task Should_raise_an_alarm_when_a_nodes_own_clock_is_an_hour_off(int hours)
    {
        await desk.ExecuteAsync("delete from alarms where code = 'clock.skew'");

        await desk.Node().Get<ClockSkew>().LookAsync(CancellationToken.None);
        var right = await AlarmsAsync();
        await desk.NodeWithClock(TimeSpan.FromHours(hours)).Get<ClockSkew>().LookAsync(CancellationToken.None);

        Assert.That((right, await AlarmsAsync()), Is.EqualTo((0L, 1L)));

        Task<long> AlarmsAsync() => desk.ScalarAsync<long>("select count(*) from alarms where code = 'clock.skew' and party = 'police'");
    }

    [Test]
    public async Task Should_state_the_inventory_when_a_node_ends_in_the_middle_of_it()
    {
        await desk.ExecuteAsync("update party_state set inventory_due_at = null");
        await desk.FailAsync("outbox", "insert", deferred: false);
        await Assert.ThatAsync(() => StateAsync(desk.Node()), Throws.InstanceOf<NpgsqlException>());
        await desk.HealAsync("outbox");

        await StateAsync(desk.Node());

        Assert.That(await StatementsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_owe_the_whole_inventory_to_a_peer_without_a_key()
    {
        await desk.ExecuteAsync("update party_state set inventory_due_at = null");

        await StateAsync(await desk.NodeWithoutKeyOfTheHubAsync());
        var owed = (await desk.ScalarAsync<string[]>("select inventory_owed from party_state"), await StatementsAsync());
        await desk.ForwardAsync(TimeSpan.FromDays(1));
        await StateAsync(desk.Node());

        Assert.That(owed, Is.EqualTo((new[] { Parties.Hub }, 0L)));
        Assert.That((await desk.ScalarAsync<string[]>("select inventory_owed from party_state"), await StatementsAsync()), Is.EqualTo((Array.Empty<string>(), 1L)));
    }

    [TestCase(350, 0), TestCase(352, 1)]
    public async Task Should_raise_an_alarm_two_weeks_before_the_key_directory_expires(int days, int alarms)
    {
        var (_, file) = await desk.DirectoryAsync(TimeSpan.FromDays(days));

        await desk.NodeWithDirectory(file).Get<DirectoryExpiry>().LookAsync(CancellationToken.None);
        var raised = await AlarmsAsync();
        await desk.Node().Get<DirectoryExpiry>().LookAsync(CancellationToken.None);

        Assert.That((raised, await AlarmsAsync()), Is.EqualTo(((long)alarms, 0L)), "cleared by a renewed one");

        Task<long> AlarmsAsync() => desk.ScalarAsync<long>("select count(*) from alarms where code = 'directory.expires' and cleared_at is null");
    }

    [Test]
    public async Task Should_keep_the_newest_directory_through_a_start_after_it_expired_and_take_no_expired_one()
    {
        var signed = await desk.NowAsync() - TimeSpan.FromDays(364);
        var (author, file) = await desk.DirectoryAsync(TimeSpan.FromDays(364));
        var older = await File.ReadAllBytesAsync(file);
        var newest = author.Renew(signed);
        // It comes over the bus: the file stays the old one.
        await File.WriteAllBytesAsync(file, older);
        var taken = await desk.NodeWithDirectory(file).Get<KeyDirectories>().AdoptAsync(newest.Token, CancellationToken.None);
        await desk.ForwardAsync(TimeSpan.FromDays(2));
        var node = desk.NodeWithDirectory(file);

        await node.Get<KeyDirectories>().RefreshAsync(CancellationToken.None);
        var expired = await node.Get<KeyDirectories>().AdoptAsync(author.Renew(signed).Token, CancellationToken.None);

        Assert.That((taken, expired), Is.EqualTo(((string?)null, SealingCodes.ExpiredDirectory)));
        Assert.That(node.Get<Envelope>().Directory.Version, Is.EqualTo(newest.Version));
    }

    static Task StateAsync(DeskNode node) => node.Get<InventoryDaily>().StateDueAsync(CancellationToken.None);

    Task<long> StatementsAsync() => desk.ScalarAsync<long>("select count(*) from outbox where kind = 'inventory.stated'");
}
