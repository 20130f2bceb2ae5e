using System.Globalization;
using Hotline.Provisioning.Installations;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary>What <c>up</c> shows when everything runs.</summary>
static class WhereToClick
{
    /// <summary>Where an operator begins.</summary>
    public static string DeskOf(Installation installation) => $"{installation.Parties[Contracts.Parties.Hub].Settings.Url.TrimEnd('/')}/desk";

    public static void Print(Installation installation, TimeSpan took)
    {
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), installation.Plan.StateFolder);
        var folder = relative.StartsWith("..", StringComparison.Ordinal) ? installation.Plan.StateFolder : relative;
        var table = new Table { Border = TableBorder.Rounded }.AddColumns("Service", "Address", "Accounts");
        foreach (var party in installation.Parties.Values)
            table.AddRow(
                Markup.Escape(party.Name), $"[link]{party.Settings.Url}[/]",
                Markup.Escape(string.Join(", ", installation.Accounts.Where(account => account.Service == party.Name).Select(account => account.UserName))));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"Ready in {took.TotalSeconds:0.0} s. Ctrl-C stops everything; what was entered stays.");
        foreach (var (what, where) in ((string, string)[])
            [("passwords, second factors", "accounts.json"), ("databases, broker", "servers.json"), ("logs", "logs/")])
            AnsiConsole.MarkupLineInterpolated($"  {what,-28}[bold]{folder}/{where}[/]");
        if (installation.Simulated is { } simulated)
            AnsiConsole.MarkupLine($"  {"simulated phones and inbox",-28}[link]{simulated.Settings.Url}[/] (SMTP on port {simulated.Settings.SmtpPort})");
        AnsiConsole.MarkupLine($"  {"interface of each service",-28}[bold]/openapi/v1.json[/] at its address");
    }
}
