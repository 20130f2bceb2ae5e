using System.CommandLine;
using Hotline.Provisioning.Installations;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline log reopen</c> and <c>hotline witness enrol</c>: what only people may decide about logs.</summary>
static class LogCommands
{
    public static Command Log() => new("log", "What persons decide about a party's audit log.") { ReopenCommand() };

    public static Command Witness() => new("witness", "What persons decide about a witness of audit logs.") { EnrolCommand() };

    static Command ReopenCommand()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "Whose database was restored." };
        var keys = new Option<FileInfo[]>("--key") { Description = "The key file of a person; twice, for two persons.", Required = true, HelpName = "FILE" };
        var command = new Command("reopen", "Sign, as two persons, that a log begins anew after a restore. Its witnesses take it up then.") { party, keys, state };
        command.SetAction(async (line, cancellation) =>
        {
            var (folder, name) = (StateOption.Folder(line, state), line.GetValue(party)!);
            await LogReopening.ApproveAsync(AuditAccess.Open(folder, name), name, [.. line.GetValue(keys)!.Select(f => f.FullName)], cancellation);
            AnsiConsole.MarkupLineInterpolated($"Signed. The service of [bold]{name}[/] sends it to the witnesses with its next checkpoint.");
        });
        return command;
    }

    static Command EnrolCommand()
    {
        var state = StateOption.Create();
        var witness = new Argument<string>("WITNESS") { Description = "The party that lost its memory of a log." };
        var party = new Argument<string>("PARTY") { Description = "Whose log." };
        var command = new Command("enrol", "Let a witness begin anew, from the newest checkpoint that the other witnesses have cosigned. Compare it with theirs first.") { witness, party, state };
        command.SetAction((line, cancellation) => EnrolAsync(
            AuditAccess.Open(StateOption.Folder(line, state), line.GetValue(witness)!), line.GetValue(witness)!, line.GetValue(party)!, cancellation));
        return command;
    }

    static async Task EnrolAsync(Installation installation, string witness, string party, CancellationToken cancellation)
    {
        var note = await WitnessEnrolment.EnrolAsync(installation, witness, party, cancellation);
        AnsiConsole.WriteLine($"{witness} remembers of {party} from now on:");
        AnsiConsole.WriteLine(note);
    }
}
