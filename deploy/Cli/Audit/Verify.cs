using System.CommandLine;
using Hotline.Hosting.Audit;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;
using Hotline.Transparency;
using Spectre.Console;

namespace Hotline.Cli;

/// <summary><c>hotline verify</c>: exit code 0 sound, 1 tampered, 2 cannot decide.</summary>
static class Verify
{
    const int CannotDecide = (int)VerdictOutcome.CannotDecide;

    public static Command Command() => new("verify", "Check that nothing was changed, cut or dated back. Exit code: 0 sound, 1 tampered, 2 cannot decide.")
    {
        LogCommand(), BundleCommand(), CertificateCommand(), ConsistencyCommand(),
    };

    static Command LogCommand()
    {
        var state = StateOption.Create();
        var party = new Argument<string>("PARTY") { Description = "Whose audit log, for example intake." };
        var command = new Command("log", "Read a party's whole log again, with its history and current rows, and ask its witnesses.") { party, state };
        command.SetAction((line, cancellation) => DecideAsync(() => LogAsync(StateOption.Folder(line, state), line.GetValue(party)!, cancellation)));
        return command;
    }

    static Command BundleCommand() => FileCommand("bundle", "Check a bundle by itself: needs no service, no database, no network.", (file, pin, now) =>
    {
        var verdict = BundleVerification.Check(file, pin, now);
        return (BundleReport.Of(verdict), verdict.Proof);
    });

    static Command CertificateCommand() => FileCommand("certificate", "Check a certificate of destruction by itself.", (file, pin, now) =>
    {
        var verdict = CertificateVerification.Check(file, pin, now);
        return (BundleReport.Of(verdict), verdict.Proof);
    });

    /// <param name="check">File, thumbprint, now: a page of text, and what it comes to.</param>
    static Command FileCommand(string name, string description, Func<byte[], string?, DateTimeOffset, (string Report, Proof Proof)> check)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "As it was given to you." };
        var pin = new Option<string>("--pin") { Description = "Thumbprint of the key that signs key directories, as it was given to you.", HelpName = "THUMBPRINT" };
        var command = new Command(name, description) { file, pin };
        command.SetAction((line, _) => DecideAsync(async () =>
        {
            var (report, proof) = check(await File.ReadAllBytesAsync(line.GetValue(file)!.FullName), line.GetValue(pin), TimeProvider.System.GetUtcNow());
            AnsiConsole.Write(report);
            return (int)proof;
        }));
        return command;
    }

    static Command ConsistencyCommand()
    {
        var state = StateOption.Create();
        var first = new Argument<FileInfo>("A") { Description = "A signed checkpoint." };
        var second = new Argument<FileInfo>("B") { Description = "Another one of the same log." };
        var evidence = new Option<FileInfo>("--evidence") { Description = "Where both heads are written if they contradict each other. Default: fork-evidence.txt.", HelpName = "FILE" };
        var command = new Command("consistency", "Check that two signed checkpoints of a log can both be true.") { first, second, evidence, state };
        command.SetAction((line, cancellation) => DecideAsync(() => ConsistencyAsync(
            StateOption.Folder(line, state), line.GetValue(first)!, line.GetValue(second)!, line.GetValue(evidence)?.FullName ?? "fork-evidence.txt", cancellation)));
        return command;
    }

    /// <summary>What goes wrong while checking is no proof of anything.</summary>
    static async Task<int> DecideAsync(Func<Task<int>> check)
    {
        try
        {
            return await check();
        }
        catch (Exception problem) when (problem is Npgsql.NpgsqlException or IOException or UnauthorizedAccessException or SealingException or ProvisioningException or InvalidOperationException)
        {
            Say(Proof.CannotDecide);
            AnsiConsole.WriteLine($"- {problem.Message}");
            return CannotDecide;
        }
    }

    static async Task<int> LogAsync(string folder, string party, CancellationToken cancellation)
    {
        var installation = AuditAccess.Open(folder, party);
        await using var access = new AuditAccess(installation, party);
        Verdict verdict = null!;
        await AnsiConsole.Progress().StartAsync(async progress =>
        {
            var task = progress.AddTask("Đang kiểm tra / checking");
            verdict = await access.VerifyAsync((done, total) => task.Value = 100.0 * done / Math.Max(total, 1), cancellation);
            task.Value = 100;
        });
        verdict = await verdict.RecordedAsync(() => access.RecordAsync("log.verified", verdict.Outcome.ToString().ToLowerInvariant(), cancellation));
        Say((Proof)verdict.Outcome);
        AnsiConsole.WriteLine($"Nhật ký / log: {verdict.LastOrigin}, {verdict.Leaves} bản ghi / records, {verdict.Checkpoints} chữ ký khớp / signed heads agree");
        AnsiConsole.WriteLine($"Đã hủy khóa / shredded: {verdict.Shredded}; chờ ghi / waiting: {verdict.Waiting}");
        foreach (var finding in verdict.Findings.Concat(verdict.Doubts))
            AnsiConsole.WriteLine($"- {PlainWords.Of(finding.Code)} ({finding.Code}, {finding.At})");
        return (int)verdict.Outcome;
    }

    static async Task<int> ConsistencyAsync(string folder, FileInfo first, FileInfo second, string evidence, CancellationToken cancellation)
    {
        var (a, b) = (await File.ReadAllTextAsync(first.FullName, cancellation), await File.ReadAllTextAsync(second.FullName, cancellation));
        if (Checkpoint.TryRead(a) is not var (headA, _) || Checkpoint.TryRead(b) is not var (headB, _) || LogParties.Origin(headA.Origin) is not var (party, epoch))
        {
            Say(Proof.CannotDecide);
            return CannotDecide;
        }
        var installation = AuditAccess.Open(folder, party);
        await using var access = new AuditAccess(installation, party);
        var policy = access.Directory.PolicyOf(party) ?? throw new InvalidOperationException("A witness key stands under two names in the key directory.");
        // The log's own tables give the proof; whether it proves anything is checked with the two heads alone.
        var proof = headA.Size == headB.Size ? null : await access.ProofAsync(epoch, Math.Min(headA.Size, headB.Size), Math.Max(headA.Size, headB.Size), cancellation);
        var (outcome, code) = Consistency.Check(a, b, policy, proof);
        try
        {
            await access.RecordAsync("heads.compared", outcome.ToString().ToLowerInvariant(), cancellation);
        }
        catch (Npgsql.NpgsqlException) when (outcome == Proof.Tampered)
        {
            // The contradiction stands by itself.
        }
        Say(outcome);
        if (code is not null)
            AnsiConsole.WriteLine($"- {PlainWords.Of(code)} ({code})");
        if (outcome == Proof.Tampered)
            await KeepAsync(evidence, $"{a}\n{b}", cancellation);
        return (int)outcome;
    }

    /// <summary>A contradiction is one also where no file can be written.</summary>
    static async Task KeepAsync(string evidence, string heads, CancellationToken cancellation)
    {
        try
        {
            await File.WriteAllTextAsync(evidence, heads, cancellation);
            AnsiConsole.WriteLine($"Bằng chứng / evidence: {evidence}");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            AnsiConsole.WriteLine($"Không ghi được bằng chứng / the evidence could not be written: {problem.Message}");
        }
    }

    static void Say(Proof outcome)
    {
        var colour = outcome switch { Proof.Sound => Color.Green, Proof.Tampered => Color.Red, _ => Color.Yellow };
        foreach (var line in PlainWords.Of(outcome))
            AnsiConsole.Write(new Text(line + "\n", new Style(colour)));
    }
}
