using System.CommandLine;
using Hotline.Contracts;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline bundle</c>: the evidence of one case in one file.</summary>
static class ExportBundle
{
    public static Command Command()
    {
        var state = StateOption.Create();
        var code = new Argument<string>("CASE") { Description = "The case's code, for example MBN-2026-000001." };
        var output = new Option<FileInfo>("--output") { Description = "Default: CASE.bundle.json.", HelpName = "FILE" };
        var command = new Command("bundle", "Write the evidence of one case: its records with proofs, receipts and keys. It holds no content.") { code, output, state };
        command.SetAction((line, cancellation) => RunAsync(StateOption.Folder(line, state), line.GetValue(code)!, line.GetValue(output)?.FullName, cancellation));
        return command;
    }

    static async Task RunAsync(string folder, string code, string? output, CancellationToken cancellation)
    {
        await using var access = new AuditAccess(AuditAccess.Open(folder, Parties.Hub), Parties.Hub);
        var subject = await access.FindAsync(code, cancellation) ?? throw new ProvisioningException($"There is no case {code}.");
        await access.RecordAsync("case.exported", subject.Code, cancellation, subject.Case);
        var bundle = await access.BundleAsync(subject, cancellation);
        var file = output ?? $"{bundle.Case}.bundle.json";
        await File.WriteAllBytesAsync(file, bundle.ToJson(), cancellation);
        AnsiConsole.MarkupLineInterpolated($"{file}: {bundle.Entries.Count} records; {bundle.Waiting} wait for the next cosigned checkpoint.");
        AnsiConsole.WriteLine($"Check it: hotline verify bundle {file} --pin {access.Pin.Kid}");
    }
}
