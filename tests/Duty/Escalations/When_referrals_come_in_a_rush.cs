using Hotline.Duty.Escalations;
using Hotline.Duty.Tests.Desks;
using Hotline.Hosting.Messages;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Escalations;

/// <summary>Words about pages let the referrals of a rush go first, those of a P0 excepted, and not for long.</summary>
public sealed class When_referrals_come_in_a_rush
{
    PoliceDesk desk = null!;

    [OneTimeSetUp]
    public async Task Open()
    {
        desk = await PoliceDesk.OpenAsync();
        await desk.OfficerAsync("an", "sms:0912 000 001");
        await desk.RosterAsync("01", "primary=an");
    }

    [OneTimeTearDown]
    public async Task Close() => await desk.DisposeAsync();

    [Test]
    public async Task Should_be_told_at_once_where_there_is_no_rush()
    {
        var node = desk.Node();
        var referral = await PagedAsync(node, "P1");

        await desk.ForwardAsync(TimeSpan.FromSeconds(8));
        await TellAsync(node);

        Assert.That(await desk.WordsAsync(referral), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_let_the_rush_go_first_for_a_while()
    {
        var node = desk.Node();
        var referral = await PagedAsync(node, "P1");

        await desk.ForwardAsync(TimeSpan.FromSeconds(8));
        node.Get<InboxRush>().Came(4);
        await TellAsync(node);
        var during = await desk.WordsAsync(referral);
        await desk.ForwardAsync(TimeSpan.FromSeconds(20));
        node.Get<InboxRush>().Came(4);
        await TellAsync(node);

        Assert.That((during, await desk.WordsAsync(referral)), Is.EqualTo((0L, 1L)));
    }

    [Test]
    public async Task Should_not_let_a_p0_wait()
    {
        var node = desk.Node();
        node.Get<InboxRush>().Came(64);
        var referral = await PagedAsync(node, "P0");
        var atOnce = await desk.WordsAsync(referral);

        await desk.ForwardAsync(TimeSpan.FromSeconds(8));
        await node.SendAsync();
        await TellAsync(node);

        Assert.That((atOnce, await desk.WordsAsync(referral)), Is.EqualTo((1L, 2L)));
    }

    [Test]
    public void Should_be_no_rush_where_messages_come_alone()
    {
        var rush = new InboxRush(TimeProvider.System);
        rush.Came(3);
        var alone = rush.IsOn;
        rush.Came(4);

        Assert.That((alone, rush.IsOn), Is.EqualTo((false, true)));
    }

    async Task<Guid> PagedAsync(DeskNode node, string urgency)
    {
        var referral = await desk.OpenReferralAsync(node, urgency);
        await node.WorkAsync();
        await node.SendAsync();
        return referral;
    }

    static Task TellAsync(DeskNode node) => node.Get<ReportResults>().ReportAsync(CancellationToken.None);
}
