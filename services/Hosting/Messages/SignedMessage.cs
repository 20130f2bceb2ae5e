using System.Buffers.Text;
using System.Text.Json;
using Hotline.Contracts;

namespace Hotline.Hosting.Messages;

/// <summary>Reads signed messages that this party made itself, or verified before it stored them. It verifies nothing.</summary>
public static class SignedMessage
{
    /// <summary>The payload of a stored message: the content of a referral is read from it.</summary>
    public static MessagePayload PayloadOf(string jws) => JsonSerializer.Deserialize<MessagePayload>(Payload(jws), Stored)!;

    /// <summary>The message's id (<c>jti</c>) and when its signature ends, UTC.</summary>
    public static (Guid Id, DateTimeOffset Until) HeadOf(string jws)
    {
        using var document = JsonDocument.Parse(Payload(jws));
        return (document.RootElement.GetProperty("jti").GetGuid(), DateTimeOffset.FromUnixTimeSeconds(document.RootElement.GetProperty("exp").GetInt64()));
    }

    // The payload's own padding member is of no interest here.
    static readonly JsonSerializerOptions Stored = new(Wire.Json) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    static byte[] Payload(string jws)
    {
        var first = jws.IndexOf('.', StringComparison.Ordinal);
        var second = jws.IndexOf('.', first + 1);
        return Base64Url.DecodeFromChars(jws.AsSpan(first + 1, second - first - 1));
    }
}
