using System.CommandLine;
using Hotline.Provisioning.Installations;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline backup</c>: a party's case database as a file, while everything runs.</summary>
static class Backup
{
    public static Command Command()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "For example police." };
        var file = new Argument<FileInfo>("FILE") { Description = "Written with mode 0600." };
        var command = new Command("backup", "Write a party's case database to a file, while everything runs. Not its keys.") { party, file, state };
        command.SetAction(async (line, cancellation) =>
        {
            var plan = StateOption.Existing(StateOption.Folder(line, state), line.GetValue(party)!);
            await PartyBackup.TakeAsync(Installation.Open(plan), line.GetValue(party)!, line.GetValue(file)!.FullName, cancellation);
            AnsiConsole.MarkupLineInterpolated($"[bold]{line.GetValue(party)}[/] is in {line.GetValue(file)!.FullName}.");
        });
        return command;
    }
}
