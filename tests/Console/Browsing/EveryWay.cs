using Microsoft.Playwright;
using NUnit.Framework;

namespace Hotline.Console.Tests.Browsing;

/// <summary>A page as everybody may see it: both languages, both themes, both widths.</summary>
static class EveryWay
{
    const string Unfold = "document.querySelectorAll('main details:not([open])').forEach(d => { d.open = true; d.dataset.unfolded = '' })";
    const string FoldAgain = "document.querySelectorAll('main details[data-unfolded]').forEach(d => { d.open = false; delete d.dataset.unfolded })";

    /// <summary>No axe violation, no complaint of the browser, nothing wider than the screen, and a picture to look at.</summary>
    public static async Task ReadsWellAsync(this Reader reader, string path, string name)
    {
        foreach (var (language, looks) in Ways())
        {
            await reader.SpeakAsync(language);
            await reader.GoAsync(path);
            foreach (var (theme, width) in looks)
            {
                await reader.LookAsync(width, theme);
                await reader.ShootAsync($"{name}-{language}-{width}{(theme == ColorScheme.Dark ? "-dark" : "")}");

                // The picture shows the page as it opens; what somebody unfolds must be readable as well.
                await reader.Page.EvaluateAsync(Unfold);
                Assert.That(await reader.AxeAsync(), Is.Empty, $"{path} {language} {theme} {width}");
                Assert.That(reader.Complaints, Is.Empty, $"{path} {language} {theme} {width}");
                Assert.That(await reader.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width), $"{path} {language} {width}");
                await reader.Page.EvaluateAsync(FoldAgain);
            }
        }
    }

    /// <summary>In the session of somebody who is signed in.</summary>
    public static async Task IsReadableAsync(this Reader reader, string path, string name)
    {
        await using var beside = await reader.BesideAsync(1440, 900, "vi", ColorScheme.Light);
        await beside.ReadsWellAsync(path, name);
    }

    /// <summary>A page is asked for once in each language: a screen that turns dark or narrow asks for nothing.</summary>
    static IEnumerable<(string Language, (ColorScheme Theme, int Width)[] Looks)> Ways() =>
    [
        ("vi", [(ColorScheme.Light, 1440), (ColorScheme.Dark, 390)]),
        ("en", [(ColorScheme.Dark, 1440), (ColorScheme.Light, 390)]),
    ];
}
