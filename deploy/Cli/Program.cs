using System.CommandLine;
using Hotline.Cli;
using Hotline.Provisioning;
using Spectre.Console;

// Into a file or another program whole lines go: keys and commands must not be broken at eighty columns.
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;
var root = new RootCommand("The anti-trafficking hotline's referral service: start it, rehearse it, look after its keys.")
{
    Up.Command(),
    Account.Command(),
    Drill.Command(),
    Keys.Command(),
    Agency.Command(),
    Backup.Command(),
    Restore.Command(),
    Verify.Command(),
    LogCommands.Log(),
    LogCommands.Witness(),
    ExportBundle.Command(),
    Provision.Command(),
    Definitions.Command(),
    ShowVersion.Command(),
};
try
{
    // Stopping in order takes a while: hosts finish what they hold, PostgreSQL writes its checkpoint.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromSeconds(60),
    });
}
catch (ProvisioningException problem)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{problem.Message}[/]");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
