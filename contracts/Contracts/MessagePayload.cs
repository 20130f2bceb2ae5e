using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline.Contracts;

/// <summary>What is signed inside a sealed message (protocol.md, "Sealed message").</summary>
public sealed record MessagePayload
{
    /// <summary>Version of this form; 1.</summary>
    public required int V { get; init; }

    /// <summary>The sending party.</summary>
    public required string Iss { get; init; }

    /// <summary>The receiving party.</summary>
    public required string Aud { get; init; }

    /// <summary>UUIDv7; with <see cref="Iss"/> the identity of the message for ever.</summary>
    public required Guid Jti { get; init; }

    /// <summary>Issued at: seconds since 1970-01-01 UTC by the sender's database clock (RFC 7519 NumericDate).</summary>
    public required long Iat { get; init; }

    /// <summary>Expires at, seconds since 1970-01-01 UTC: <see cref="Iat"/> plus 30 days.</summary>
    public required long Exp { get; init; }

    /// <summary>One of <see cref="Kinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>live</c>, <c>exercise</c> or <c>probe</c>.</summary>
    public required string Class { get; init; }

    /// <summary>The referral that the message is about; the hub's id at both ends.</summary>
    public Guid? Referral { get; init; }

    /// <summary>Raised when the sender's database was restored; null on kinds that carry no order.</summary>
    public int? Epoch { get; init; }

    /// <summary>Per referral and sender, from 1; order is (epoch, seq). Null on kinds that carry no order.</summary>
    public long? Seq { get; init; }

    /// <summary>The record of <see cref="Kind"/>, as JSON.</summary>
    public required JsonElement Body { get; init; }

    public override string ToString() => CaseContent.Hidden;

    /// <summary>How long a signature is good for. The message is signed anew after that.</summary>
    [JsonIgnore]
    public static TimeSpan Lifetime { get; } = TimeSpan.FromDays(30);
}

/// <summary>The three classes of a message: real work, drills, and the probe that nobody is woken by.</summary>
public static class MessageClass
{
    public const string Live = "live";
    public const string Exercise = "exercise";
    public const string Probe = "probe";
}
