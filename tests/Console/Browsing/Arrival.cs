using System.Text.RegularExpressions;
using Hotline.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests.Browsing;

/// <summary>Waits by the address and what the page says of itself: under load, one that came through redirects is at times never told to have loaded.</summary>
static class Arrival
{
    /// <param name="address"><c>*</c> stands for anything within a part of the path, <c>**</c> for anything.</param>
    public static async Task ArrivesAsync(this IPage page, string address)
    {
        await Expect(page).ToHaveURLAsync(
            new Regex($"^{Regex.Escape(address).Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}$"),
            new PageAssertionsToHaveURLOptions { Timeout = 60_000 });
        await page.IsCompleteAsync();
    }

    /// <summary>Does what leads to another page, whatever its address, and waits for that page.</summary>
    public static async Task LeavesAsync(this IPage page, Func<Task> action)
    {
        await page.EvaluateAsync("window.isLeft = true");
        await action();
        await page.IsTrueAsync("!window.isLeft && document.readyState === 'complete'");
    }

    /// <summary>Its scripts have run: keys are heard.</summary>
    public static Task IsCompleteAsync(this IPage page) => page.IsTrueAsync("document.readyState === 'complete'");

    /// <summary>Asked again and again from here: the page's policy forbids a question that waits within it.</summary>
    static async Task IsTrueAsync(this IPage page, string condition) =>
        await Eventually.IsTrueAsync(condition, async () =>
        {
            try
            {
                return await page.EvaluateAsync<bool>(condition);
            }
            catch (PlaywrightException)
            {
                return false; // it was just being replaced
            }
        });
}
