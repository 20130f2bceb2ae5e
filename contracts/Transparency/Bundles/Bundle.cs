using System.Text.Json;

namespace Hotline.Transparency;

/// <summary>
/// The evidence of one case in one file: its records with their proofs, the receipts, and the keys to check them with. It
/// holds facts, times and pseudonyms, no content.
/// </summary>
public sealed record Bundle
{
    public const string CurrentForm = "hotline-bundle@1";

    /// <summary>Always <see cref="CurrentForm"/>.</summary>
    public required string Form { get; init; }

    /// <summary>Whose log.</summary>
    public required string Party { get; init; }

    /// <summary>The case's code.</summary>
    public required string Case { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The signed key directory (JWS).</summary>
    public required string Directory { get; init; }

    /// <summary>The public key that signs directories (JWK). Compare its thumbprint with the one that you were given.</summary>
    public required JsonElement Pin { get; init; }

    public required IReadOnlyList<BundleEntry> Entries { get; init; }

    /// <summary>Records of the case that no checkpoint with a quorum of cosignatures covers yet.</summary>
    public long Waiting { get; init; }

    /// <returns>Null where the text is no bundle.</returns>
    public static Bundle? TryParse(ReadOnlySpan<byte> json) =>
        EvidenceJson.TryRead<Bundle>(json) is { Form: CurrentForm, Entries: not null, Party: not null, Directory: not null } bundle ? bundle : null;

    public byte[] ToJson() => EvidenceJson.Write(this);
}

/// <summary>One record of the case.</summary>
/// <param name="Leaf">Exactly what stands in the log.</param>
/// <param name="Proof">That it stands there (c2sp.org/tlog-proof), with the cosigned checkpoint.</param>
/// <param name="Record">What the leaf commits to: number, time, facts, line of history; empty where the case was shredded.</param>
/// <param name="Salt">Opens the commitment, base64url; null where the case was shredded.</param>
/// <param name="Receipt">The agency's signed receipt (JWS), where the record is of one.</param>
public sealed record BundleEntry(string Leaf, string Proof, string Record, string? Salt, string? Receipt);
