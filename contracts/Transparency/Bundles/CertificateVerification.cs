using System.Globalization;
using System.Text.Json;

namespace Hotline.Transparency;

/// <summary>The result of checking a certificate of destruction.</summary>
/// <param name="Evidence">Of the leaf, its proof and the checkpoint.</param>
/// <param name="At">When it was shredded, UTC; null where the record could not be read.</param>
/// <param name="By">Pseudonym of who approved.</param>
public sealed record CertificateVerdict(BundleVerdict Evidence, string? Party, DateTimeOffset? At, string? By)
{
    public Proof Proof => Evidence.Proof;
}

/// <summary>Checks a certificate of destruction by itself: no network, no database, no service.</summary>
public static class CertificateVerification
{
    /// <param name="thumbprint">Of the key that signs directories, as it was given by hand; null = it is only reported.</param>
    /// <param name="now">UTC; a cosignature of the future does not count.</param>
    public static CertificateVerdict Check(ReadOnlySpan<byte> file, string? thumbprint, DateTimeOffset now)
    {
        if (Certificate.TryParse(file) is not { } certificate)
            return new CertificateVerdict(BundleVerification.Unreadable("certificate.unreadable"), null, null, null);
        var evidence = BundleVerification.Check(new Bundle
        {
            Form = Bundle.CurrentForm,
            Party = certificate.Party,
            Case = certificate.Case,
            MadeAt = certificate.MadeAt,
            Directory = certificate.Directory,
            Pin = certificate.Pin,
            Entries = [certificate.Destruction],
        }, thumbprint, now);
        var record = Read(certificate.Destruction.Record);
        string? finding = record is null || !record.Kind.EndsWith(".shredded", StringComparison.Ordinal) ? "certificate.no-destruction"
            : record.Code != certificate.Case ? "certificate.other-case" : null;
        // What a leaf says without its salt could be about any case.
        var doubts = certificate.Destruction.Salt is null ? [.. evidence.Doubts, ("certificate.not-opened", 0)] : evidence.Doubts;
        return new CertificateVerdict(
            evidence with { Findings = finding is null ? evidence.Findings : [.. evidence.Findings, (finding, 0)], Doubts = doubts }, certificate.Party, record?.At, record?.Actor);
    }

    /// <summary>A record that names a code.</summary>
    internal sealed record Coded(string Kind, string Code, string Actor, DateTimeOffset At);

    /// <summary>What a leaf commits to: number, time, facts, line of history, each on a line.</summary>
    internal static Coded? Read(string record)
    {
        try
        {
            using var facts = Facts(record);
            string Text(string name) => facts.RootElement.GetProperty(name).GetString()!;
            return new Coded(Text("kind"), Text("code"), Text("actor"), DateTimeOffset.Parse(record.Split('\n')[1], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            return null;
        }
    }

    /// <summary>The id of the case that the record says it is about; null where it names none.</summary>
    internal static string? CaseOf(string record)
    {
        try
        {
            using var facts = Facts(record);
            return facts.RootElement.TryGetProperty("case", out var id) ? id.GetString() : null;
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            return null;
        }
    }

    static JsonDocument Facts(string record) => JsonDocument.Parse(record.Split('\n')[2]);

    static bool IsBroken(Exception failure) =>
        failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException;
}
