using System.CommandLine;
using Hotline.Provisioning.Installations;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline agency add</c>: a further agency, by a profile and keys alone.</summary>
static class Agency
{
    public static Command Command() => new("agency", "Agencies that referrals go to.") { AddCommand() };

    static Command AddCommand()
    {
        var state = StateOption.Create();
        var name = new Argument<string>("NAME") { Description = "Lower-case letters and hyphens, for example coast-guard." };
        var profile = new Option<FileInfo>("--profile") { Description = "The agency's profile (JSON; services/Agencies/Police/profile.json is one).", Required = true, HelpName = "FILE" };
        var command = new Command("add", "Add an agency: databases, keys, broker user, accounts. Needs no code. Works while everything runs.") { name, profile, state };
        command.SetAction((line, cancellation) => AddAsync(
            StateOption.Folder(line, state), line.GetValue(name)!, line.GetValue(profile)!.FullName, cancellation));
        return command;
    }

    static async Task AddAsync(string folder, string name, string profile, CancellationToken cancellation)
    {
        var before = StateOption.Existing(folder);
        AddedAgencies.Add(folder, name, profile);
        if (await before.Servers.Database.AnswersAsync(cancellation))
        {
            var installation = await Installation.PrepareAsync(StateOption.Existing(folder), cancellation);
            await installation.ApplyTopologyAsync(cancellation);
            AnsiConsole.MarkupLineInterpolated($"[bold]{name}[/] has databases, keys, a broker user and accounts (in accounts.json). `hotline up` starts its service with the others next time.");
            AnsiConsole.MarkupLineInterpolated($"To start it now: HOTLINE_CONFIG={folder}/hosts/{name}.json dotnet {installation.Plan.Programs.For(name)}");
        }
        else
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]{name}[/] is noted. `hotline up` makes its databases, keys and accounts and starts its service.");
        }
    }
}
