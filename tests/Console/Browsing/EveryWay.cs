using Microsoft.Playwright;
using NUnit.Framework;

namespace Hotline.Console.Tests.Browsing;

/// <summary>A page as everybody may see it: both languages, both themes, both widths.</summary>
static class EveryWay
{
    /// <summary>No axe violation, no complaint of the browser, nothing wider than the screen, and a picture to look at.</summary>
    public static async Task ReadsWellAsync(this Reader reader, string path, string name)
    {
        foreach (var (language, theme, width) in Ways())
        {
            await reader.LookAsync(width, language, theme);
            await reader.GoAsync(path);
            await reader.ShootAsync($"{name}-{language}-{width}{(theme == ColorScheme.Dark ? "-dark" : "")}");

            // The picture shows the page as it opens; what somebody unfolds must be readable as well.
            await reader.Page.EvaluateAsync("document.querySelectorAll('main details').forEach(d => d.open = true)");
            Assert.That(await reader.AxeAsync(), Is.Empty, $"{path} {language} {theme} {width}");
            Assert.That(reader.Complaints, Is.Empty, $"{path} {language} {theme} {width}");
            Assert.That(await reader.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width), $"{path} {language} {width}");
        }
    }

    /// <summary>In the session of somebody who is signed in.</summary>
    public static async Task IsReadableAsync(this Reader reader, string path, string name)
    {
        await using var beside = await reader.BesideAsync(1440, 900, "vi", ColorScheme.Light);
        await beside.ReadsWellAsync(path, name);
    }

    static IEnumerable<(string Language, ColorScheme Theme, int Width)> Ways() =>
        [("vi", ColorScheme.Light, 1440), ("vi", ColorScheme.Dark, 390), ("en", ColorScheme.Dark, 1440), ("en", ColorScheme.Light, 390)];
}
