using Hotline.Duty.Channels;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Channels;

/// <summary>The decision which pages leave together, without a database.</summary>
public sealed class When_pages_are_bundled
{
    static readonly DateTimeOffset Now = new(2026, 11, 25, 14, 0, 0, TimeSpan.Zero);
    static readonly Guid Officer = new("00000000-0000-7000-8000-000000000001");

    static DuePage Page(string urgency, string channel = "sms", int tries = 0, Guid? bundle = null) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), urgency, Officer, "an", channel, null, tries == 0 ? "pending" : "sending", bundle, tries, Now,
        "referral", "CT-2026-000001", "live", Guid.CreateVersion7(), true, Now.AddMinutes(5));

    [Test]
    public void Should_send_P0_alone_and_first_whatever_went_out_before()
    {
        var (send, putOff) = Bundling.Plan([Page("P1"), Page("P0"), Page("P0")], _ => Now, Now);

        Assert.That(send.Select(b => (b.First.Urgency, b.Pages.Count)), Is.EqualTo(new[] { ("P0", 1), ("P0", 1) }));
        Assert.That(putOff, Has.Count.EqualTo(1));
    }

    [Test]
    public void Should_send_the_others_of_an_officer_and_channel_together()
    {
        var (send, putOff) = Bundling.Plan([Page("P1"), Page("P1"), Page("P2"), Page("P1", "email")], _ => null, Now);

        Assert.That(send.Select(b => b.Pages.Count), Is.EquivalentTo(new[] { 3, 1 }));
        Assert.That(putOff, Is.Empty);
    }

    [Test]
    public void Should_send_again_in_the_same_company_under_the_same_key()
    {
        var bundle = Guid.CreateVersion7();

        var (send, _) = Bundling.Plan([Page("P1", tries: 1, bundle: bundle), Page("P1"), Page("P1", tries: 1, bundle: bundle), Page("P1", tries: 1)], _ => null, Now);

        Assert.That(send.Select(b => (b.First.Bundle, b.Pages.Count)), Is.EquivalentTo(new (Guid?, int)[] { (bundle, 2), (null, 1), (null, 1) }));
    }

    [TestCase(1, "CT-1")]
    [TestCase(3, "CT-1, CT-2, CT-3")]
    [TestCase(12, "CT-1, CT-2, CT-3 (+9)")]
    public void Should_name_the_first_three(int count, string words) =>
        Assert.That(PageTexts.References([.. Enumerable.Range(1, count).Select(n => $"CT-{n}")]), Is.EqualTo(words));
}
