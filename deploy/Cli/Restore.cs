using System.CommandLine;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline restore</c>: after a database came back from a backup.</summary>
static class Restore
{
    public static Command Command()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "Whose database was restored." };
        var command = new Command("restore", "Tell a party that its database came back from a backup, so that it and its peers fill the gap.") { party, state };
        command.SetAction(_ =>
        {
            AnsiConsole.MarkupLine("[red]Restore is not part of this build.[/]");
            return 2;
        });
        return command;
    }
}
