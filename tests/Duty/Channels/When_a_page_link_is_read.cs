using Hotline.Duty.Channels;
using Hotline.Sealing;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Channels;

/// <summary>Links in pages: what this party signed is read, nothing else.</summary>
public sealed class When_a_page_link_is_read
{
    static readonly DateTimeOffset Now = new(2026, 11, 25, 14, 0, 0, TimeSpan.Zero);

    PageLinks links = null!;
    string folder = null!;

    [OneTimeSetUp]
    public void Make()
    {
        folder = Directory.CreateTempSubdirectory("hotline-links-").FullName;
        StorageKeys.Create(folder);
        links = new PageLinks(StorageKeys.Load(folder));
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Should_give_back_page_and_end()
    {
        var link = new PageLink(Guid.CreateVersion7(), Now.AddMinutes(15));

        Assert.That(links.Read(links.Make(link)), Is.EqualTo(link));
    }

    [Test]
    public void Should_read_nothing_that_was_changed_anywhere()
    {
        var token = links.Make(new PageLink(Guid.CreateVersion7(), Now));

        for (var i = 0; i < token.Length; i++)
            Assert.That(links.Read(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..]), Is.Null, $"character {i}");
        foreach (var other in new[] { "", "x", token + "A", token[1..], new string('A', token.Length) })
            Assert.That(links.Read(other), Is.Null);
    }

    [TestCase(1, 15)]
    [TestCase(60, 60)]
    [TestCase(600, 240)]
    public void Should_be_good_until_the_next_step_but_15_minutes_to_4_hours(int stepIn, int good) =>
        Assert.That(PageLinks.Until(Now.AddMinutes(stepIn), Now), Is.EqualTo(Now.AddMinutes(good)));
}
