using System.CommandLine;
using Hotline.Provisioning;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary>The folder of one running hotline, as every command takes it.</summary>
static class StateOption
{
    public static Option<DirectoryInfo> Create() => new("--state")
    {
        Description = "Folder of databases, keys, accounts and logs. Default: HOTLINE_STATE, else .hotline in this clone.",
        HelpName = "DIR",
    };

    public static string Folder(ParseResult line, Option<DirectoryInfo> option) =>
        line.GetValue(option)?.FullName ?? Environment.GetEnvironmentVariable("HOTLINE_STATE") ?? Path.Combine(Clone.Folder, ".hotline");

    /// <summary>The plan of a hotline that <c>up</c> has started before.</summary>
    public static InstallationPlan Existing(string folder) => ExistingInstallation.PlanOf(folder) with
    {
        Tell = line => AnsiConsole.MarkupLineInterpolated($"[grey]{line}[/]"),
    };

    /// <summary>The same, for a command about one of its parties.</summary>
    /// <exception cref="ProvisioningException">There is no such party.</exception>
    public static InstallationPlan Existing(string folder, string party)
    {
        var plan = Existing(folder);
        return plan.AllParties.Contains(party) ? plan
            : throw new ProvisioningException($"There is no party {party}. There are: {string.Join(", ", plan.AllParties)}.");
    }
}
