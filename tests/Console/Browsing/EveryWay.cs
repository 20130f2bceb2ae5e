using Microsoft.Playwright;
using NUnit.Framework;

namespace Hotline.Console.Tests.Browsing;

/// <summary>A page in both languages, both themes and both widths.</summary>
static class EveryWay
{
    /// <summary>No axe violation, no complaint of the browser, nothing wider than the screen, and a picture of each to look at.</summary>
    /// <param name="reader">Who is signed in.</param>
    public static async Task IsReadableAsync(this Reader reader, string path, string name)
    {
        foreach (var (language, theme, width) in Ways)
        {
            await using var other = await reader.BesideAsync(width, 900, language, theme);
            await other.GoAsync(path);
            await other.ShootAsync($"{name}-{language}-{width}{(theme == ColorScheme.Dark ? "-dark" : "")}");

            Assert.That(await other.AxeAsync(), Is.Empty, $"{path} {language} {theme} {width}");
            Assert.That(other.Complaints, Is.Empty, $"{path} {language} {theme} {width}");
            Assert.That(await other.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width), $"{path} {language} {width}");
        }
    }

    static readonly (string Language, ColorScheme Theme, int Width)[] Ways =
        [("vi", ColorScheme.Light, 1440), ("vi", ColorScheme.Dark, 390), ("en", ColorScheme.Dark, 1440), ("en", ColorScheme.Light, 390)];
}
