namespace Hotline.Console.SignIn;

/// <summary>What a list of sessions calls a browser: words of our own, never the text it sent.</summary>
static class BrowserKind
{
    public static string Of(string agent)
    {
        string[] browsers = ["Edg/", "Firefox/", "Chrome/", "Safari/"];
        string[] systems = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"];
        var browser = browsers.FirstOrDefault(b => agent.Contains(b, StringComparison.Ordinal))?.TrimEnd('/') ?? "?";
        var system = systems.FirstOrDefault(s => agent.Contains(s, StringComparison.Ordinal)) ?? "?";
        return $"{(browser == "Edg" ? "Edge" : browser)}, {system}";
    }
}
