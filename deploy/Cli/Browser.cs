using System.ComponentModel;
using System.Diagnostics;

namespace Hotline.Cli;

/// <summary>Opens an address in the browser of who sits at this machine.</summary>
static class Browser
{
    /// <summary>Null, or in words why no browser was opened. Whatever the browser does later is its own affair.</summary>
    public static string? Open(string address)
    {
        if (OperatingSystem.IsLinux() && Screen() is null && Environment.GetEnvironmentVariable("BROWSER") is null)
            return "No browser was opened: this machine has no screen (neither DISPLAY nor WAYLAND_DISPLAY is set).";
        foreach (var program in Programs())
            try
            {
                // Its chatter stays out of this terminal.
                using var started = Process.Start(new ProcessStartInfo(program, [address]) { RedirectStandardOutput = true, RedirectStandardError = true });
                if (started is not null)
                    return null;
            }
            catch (Win32Exception)
            {
                // Not installed: the next one.
            }
        return $"No browser was opened: none of {string.Join(", ", Programs())} is installed.";
    }

    static string? Screen() => Environment.GetEnvironmentVariable("DISPLAY") ?? Environment.GetEnvironmentVariable("WAYLAND_DISPLAY");

    static IReadOnlyList<string> Programs() =>
    [
        .. (Environment.GetEnvironmentVariable("BROWSER") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries),
        .. OperatingSystem.IsMacOS() ? (string[])["open"] : ["xdg-open", "x-www-browser", "chromium", "firefox"],
    ];
}
