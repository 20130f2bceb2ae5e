using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;

namespace Hotline.Console.Tests;

/// <summary>Each page in both languages, both themes and both widths: no axe violation, no complaint of the browser, nothing wider than the screen, and a picture to look at.</summary>
public sealed class When_a_page_is_shown
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [TestCase("intake", null, "/sign-in", "sign-in")]
    [TestCase("police", "dutyOfficer", "/account", "account")]
    [TestCase("police", "dutyOfficer", "/second-factor", "second-factor")]
    public async Task Should_be_readable_by_everybody(string party, string? role, string path, string name)
    {
        foreach (var (language, theme, width) in Ways())
        {
            await using var reader = role is null
                ? await Reader.OpenAsync(hotline.Hosts[party].Url, width, 900, language, theme)
                : await Reader.SignInAsync(hotline, party, role, width, 900, language, theme);
            await reader.GoAsync(path);
            await reader.ShootAsync($"{name}-{language}-{width}{(theme == ColorScheme.Dark ? "-dark" : "")}");

            Assert.That(await reader.AxeAsync(), Is.Empty, $"{path} {language} {theme} {width}");
            Assert.That(reader.Complaints, Is.Empty, $"{path} {language} {theme} {width}");
            Assert.That(await reader.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width), $"{path} {language} {width}");
        }
    }

    static IEnumerable<(string Language, ColorScheme Theme, int Width)> Ways() =>
        [("vi", ColorScheme.Light, 1440), ("vi", ColorScheme.Dark, 390), ("en", ColorScheme.Dark, 1440), ("en", ColorScheme.Light, 390)];
}
