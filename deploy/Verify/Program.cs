// The verifier for machines that never saw the system: it needs this one file and what it checks. Exit code 0 sound,
// 1 tampered, 2 cannot decide.
using System.Text;
using System.Text.Json;
using Hotline.Sealing;
using Hotline.Transparency;

Console.OutputEncoding = Encoding.UTF8;
try
{
    return args switch
    {
        ["bundle", var file] => CheckBundle(file, null),
        ["bundle", var file, "--pin", var thumbprint] => CheckBundle(file, thumbprint),
        ["certificate", var file] => CheckCertificate(file, null),
        ["certificate", var file, "--pin", var thumbprint] => CheckCertificate(file, thumbprint),
        ["consistency", var first, var second, "--directory", var directory, "--pin", var pin] => CheckConsistency(first, second, directory, pin),
        _ => Usage(),
    };
}
catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or SealingException)
{
    Console.Error.WriteLine(unreadable.Message);
    return (int)Proof.CannotDecide;
}

static int Usage()
{
    Console.WriteLine(
        """
        hotline-verify bundle FILE [--pin THUMBPRINT]
        hotline-verify certificate FILE [--pin THUMBPRINT]
        hotline-verify consistency CHECKPOINT CHECKPOINT --directory directory.json --pin directory-pin.jwk
        Exit code: 0 sound, 1 tampered, 2 cannot decide.
        """);
    return (int)Proof.CannotDecide;
}

static int CheckBundle(string file, string? thumbprint)
{
    var verdict = BundleVerification.Check(File.ReadAllBytes(file), thumbprint, TimeProvider.System.GetUtcNow());
    Console.WriteLine(BundleReport.Of(verdict));
    return (int)verdict.Proof;
}

static int CheckCertificate(string file, string? thumbprint)
{
    var verdict = CertificateVerification.Check(File.ReadAllBytes(file), thumbprint, TimeProvider.System.GetUtcNow());
    Console.WriteLine(BundleReport.Of(verdict));
    return (int)verdict.Proof;
}

static int CheckConsistency(string first, string second, string directoryFile, string pinFile)
{
    var (a, b) = (File.ReadAllText(first), File.ReadAllText(second));
    var directory = KeyDirectoryFile.Load(directoryFile, DirectoryPin.Load(pinFile));
    if (Checkpoint.TryRead(a) is not var (head, _) || LogParties.Origin(head.Origin) is not var (party, _) || directory.PolicyOf(party) is not { } policy)
        return Report(Proof.CannotDecide, "checkpoint.unreadable");
    var (proof, code) = Consistency.Check(a, b, policy, proof: null);
    return Report(proof, code);
}

static int Report(Proof proof, string? code)
{
    foreach (var line in PlainWords.Of(proof))
        Console.WriteLine(line);
    if (code is not null)
        Console.WriteLine($"- {PlainWords.Of(code)} ({code})");
    return (int)proof;
}
