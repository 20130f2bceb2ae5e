using System.Text.Json;

namespace Hotline.Transparency;

/// <summary>
/// Certificate of destruction: that the log holds the record of a case's shredding, in one file that is checked offline. It
/// names the case by its code and holds nothing of what the case said; nobody can any more.
/// </summary>
public sealed record Certificate
{
    public const string CurrentForm = "hotline-certificate@1";

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

    /// <summary>The leaf of the shredding with its proof and the cosigned checkpoint.</summary>
    public required BundleEntry Destruction { get; init; }

    /// <returns>Null where the text is no certificate.</returns>
    public static Certificate? TryParse(ReadOnlySpan<byte> json) =>
        EvidenceJson.TryRead<Certificate>(json) is { Form: CurrentForm, Destruction: not null, Party: not null, Directory: not null, Case: not null } certificate ? certificate : null;

    public byte[] ToJson() => EvidenceJson.Write(this);
}
