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
        var record = RecordFacts.TryRead(certificate.Destruction.Record);
        string? finding = record is not { IsDestruction: true } ? "certificate.no-destruction"
            : record.Code != certificate.Case ? "certificate.other-case" : null;
        // What a leaf says without its salt could be about any case.
        var doubts = certificate.Destruction.Salt is null ? [.. evidence.Doubts, ("certificate.not-opened", 0)] : evidence.Doubts;
        return new CertificateVerdict(
            evidence with { Findings = finding is null ? evidence.Findings : [.. evidence.Findings, (finding, 0)], Doubts = doubts }, certificate.Party, record?.At, record?.Actor);
    }
}
