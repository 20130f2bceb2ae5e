using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests.Browsing;

/// <summary>Waits by the address alone: under load, a page that came through redirects is at times never told to have loaded.</summary>
static class Arrival
{
    /// <param name="address"><c>*</c> stands for anything within a part of the path, <c>**</c> for anything.</param>
    public static Task ArrivesAsync(this IPage page, string address) => Expect(page).ToHaveURLAsync(
        new Regex($"^{Regex.Escape(address).Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}$"),
        new PageAssertionsToHaveURLOptions { Timeout = 60_000 });
}
