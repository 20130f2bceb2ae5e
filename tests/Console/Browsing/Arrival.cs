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
        // Its scripts have run: keys are heard. Asked again and again from here: the page's policy forbids a question that waits within it.
        await Eventually.IsTrueAsync("the page is complete", async () =>
        {
            try
            {
                return await page.EvaluateAsync<string>("document.readyState") == "complete";
            }
            catch (PlaywrightException)
            {
                return false; // it was just being replaced
            }
        });
    }
}
