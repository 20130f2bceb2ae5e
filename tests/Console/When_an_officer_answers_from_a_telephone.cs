using System.Text.RegularExpressions;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The page behind the link in a text message, on a screen 390 pixels wide.</summary>
public sealed partial class When_an_officer_answers_from_a_telephone
{
    const string Phone = "0912 000 901";

    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { SimulateChannels = true }, "police");
        await hotline.AddContactAsync("police", "duty-officer", $"sms:{Phone}");
        await hotline.AddContactAsync("police", "focal-point", "sms:0912 000 903");
        foreach (var unit in new[] { "01", "central" })
            await hotline.PutOnDutyAsync("police", unit, "primary=duty-officer", "deputy=focal-point");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    async Task<(Guid Referral, string Link)> PagedAsync()
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", "P0");
        var reference = (await operators.GetAsync($"referrals/{referral}"))["reference"];
        var message = await Eventually.GetAsync(
            $"a page of {reference}",
            () => Task.FromResult(hotline.Simulator.Devices.Messages.FirstOrDefault(m => m.To == Phone && m.Channel == "sms" && m.Text.Contains(reference))), m => m is not null);
        return (referral, new Uri(Link().Match(message!.Text).Value).AbsolutePath);
    }

    Task<Reader> TelephoneAsync() => Reader.OpenAsync(hotline.Hosts["police"].Url, 390, 844);

    [Test]
    public async Task Should_acknowledge_with_one_thumb_and_say_who_has_it()
    {
        var (referral, link) = await PagedAsync();
        await using var every = await Reader.OpenAsync(hotline.Hosts["police"].Url);
        await every.ReadsWellAsync(link, "answer");
        await using var telephone = await TelephoneAsync();
        await telephone.GoAsync(link);
        await Expect(telephone.Page.Locator("main")).Not.ToContainTextAsync("karaoke");
        var button = await telephone.Page.Locator(".thumb .btn.pri").BoundingBoxAsync();
        Assert.That(button!.Height, Is.GreaterThanOrEqualTo(48));
        Assert.That(button.Y + button.Height, Is.LessThanOrEqualTo(844), "the button is where the thumb is");

        await telephone.Page.ClickAsync(".thumb .btn.pri");

        await Expect(telephone.Page.Locator(".note")).ToContainTextAsync("Đã tiếp nhận, đứng tên duty-officer");
        Assert.That(await telephone.AxeAsync(), Is.Empty);
        await telephone.ShootAsync("answer-acknowledged-vi-390");
        await (await hotline.AsOperator()).SeesStateAsync(referral, "acknowledged");

        await telephone.GoAsync(link);
        await Expect(telephone.Page.Locator(".note")).ToContainTextAsync("Đã có người tiếp nhận: duty-officer");
        await Expect(telephone.Page.Locator(".thumb")).ToHaveCountAsync(0);
        await telephone.ShootAsync("answer-taken-vi-390");
    }

    [Test]
    public async Task Should_page_the_next_when_the_officer_is_not_on_duty()
    {
        var (referral, link) = await PagedAsync();
        await using var telephone = await TelephoneAsync();
        await telephone.GoAsync(link);

        await telephone.Page.ClickAsync("form[action$='/pass'] button");

        await Expect(telephone.Page.Locator(".note")).ToContainTextAsync("Đang báo người kế tiếp");
        await telephone.ShootAsync("answer-passed-vi-390");
        await Eventually.IsTrueAsync("the deputy is paged", async () => await hotline.ScalarAsync<long>(
            "police", "select count(*) from page_attempts p join escalations e on e.id = p.escalation_id where e.subject_id = $1 and p.target = 'focal-point'", referral) > 0);
        await telephone.GoAsync(link);
        await Expect(telephone.Page.Locator("form[action$='/pass']")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task Should_say_that_a_forged_or_old_link_is_not_valid()
    {
        var (_, link) = await PagedAsync();
        await using var telephone = await TelephoneAsync();

        await telephone.GoAsync(link[..^4] + "AAAA");

        await Expect(telephone.Page.Locator(".note")).ToContainTextAsync("Đường dẫn không còn hiệu lực");
        Assert.That(await telephone.AxeAsync(), Is.Empty);
        await telephone.ShootAsync("answer-gone-vi-390");
    }

    [GeneratedRegex(@"http://\S+/a/\S+")]
    private static partial Regex Link();
}
