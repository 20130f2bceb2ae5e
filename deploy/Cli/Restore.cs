using System.CommandLine;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline restore</c>: after a database came back from a backup.</summary>
static class Restore
{
    public static Command Command()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "Whose database was restored, for example police." };
        var from = new Option<FileInfo>("--from") { Description = "A file of `hotline backup`: puts it back first. Without it, the database has been restored by other means.", HelpName = "FILE" };
        var command = new Command("restore", "Tell a party that its database came back from a backup, so that it and its peers fill the gap. Its service must be stopped.") { party, from, state };
        command.SetAction((line, cancellation) => RunAsync(StateOption.Folder(line, state), line.GetValue(party)!, line.GetValue(from)?.FullName, cancellation));
        return command;
    }

    static async Task RunAsync(string folder, string party, string? backup, CancellationToken cancellation)
    {
        var plan = StateOption.Existing(folder, party);
        if (backup is not null && !File.Exists(backup)) throw new ProvisioningException($"There is no file {backup}.");
        if (await plan.Servers.Database.AnswersAsync(cancellation))
        {
            await RestoreAsync(plan, party, backup, cancellation);
            return;
        }
        // `hotline up` is stopped, as it should be, and the private database server with it.
        await using var servers = await PrivateServers.OpenAsync(new ServerOptions { StateFolder = folder, Tell = plan.Tell }, cancellation);
        await servers.StartDatabaseAsync(cancellation);
        await RestoreAsync(plan with { Servers = servers.Addresses }, party, backup, cancellation);
    }

    static async Task RestoreAsync(InstallationPlan plan, string party, string? backup, CancellationToken cancellation)
    {
        var installation = Installation.Open(plan);
        await PartyRestore.RefuseWhileRunningAsync(installation, party, cancellation);
        if (backup is not null) await PartyBackup.PutBackAsync(installation, party, backup, cancellation);
        var epoch = await PartyRestore.DeclareAsync(installation, party, cancellation);
        AnsiConsole.MarkupLineInterpolated($"[bold]{party}[/] is in epoch {epoch}. When its service starts, it and its peers compare what they hold, and send again what is missing.");
    }
}
