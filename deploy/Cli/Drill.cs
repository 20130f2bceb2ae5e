using System.CommandLine;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline drill</c>: a file of calls through the running services.</summary>
static class Drill
{
    public static Command Command()
    {
        var state = StateOption.Create();
        var file = new Argument<FileInfo>("FILE") { Description = "Calls, one JSON object a line." };
        var command = new Command("drill", "Rehearse: feed a file of calls to the running services, as operators and officers would.") { file, state };
        command.SetAction(_ =>
        {
            AnsiConsole.MarkupLine("[red]The drill is not part of this build.[/]");
            return 2;
        });
        return command;
    }
}
