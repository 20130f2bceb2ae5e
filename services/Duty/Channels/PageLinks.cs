using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Hotline.Sealing;

namespace Hotline.Duty.Channels;

/// <summary>What a link in a page stands for: one page, and with it one officer, one referral and one generation.</summary>
/// <param name="Until">Good until then, UTC.</param>
public sealed record PageLink(Guid Page, DateTimeOffset Until);

/// <summary>
/// Signed links for acknowledging from a page. The token says nothing to whoever reads it: an id and an end, under a MAC
/// with a key that is not in the database. That it works once comes from the generation, which the answer raises.
/// </summary>
public sealed class PageLinks(StorageKeys storage)
{
    const string Purpose = "page-link";
    const int IdBytes = 16;
    const int BodyBytes = IdBytes + sizeof(uint);
    const int MacBytes = 16;

    static readonly TimeSpan Shortest = TimeSpan.FromMinutes(15);
    static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    /// <summary>Until when a link that leaves now is good: the next step's time, but 15 minutes to 4 hours.</summary>
    public static DateTimeOffset Until(DateTimeOffset? nextStepAt, DateTimeOffset now)
    {
        var until = nextStepAt ?? now;
        return until < now + Shortest ? now + Shortest : until > now + Longest ? now + Longest : until;
    }

    public string Make(PageLink link)
    {
        Span<byte> token = stackalloc byte[BodyBytes + MacBytes];
        link.Page.TryWriteBytes(token, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(token[IdBytes..], (uint)link.Until.ToUnixTimeSeconds());
        Mac(token[..BodyBytes]).CopyTo(token[BodyBytes..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Null for everything that this party has not signed.</summary>
    public PageLink? Read(string token)
    {
        Span<byte> bytes = stackalloc byte[BodyBytes + MacBytes];
        if (token.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var written) || written != bytes.Length)
            return null;
        return CryptographicOperations.FixedTimeEquals(Mac(bytes[..BodyBytes]), bytes[BodyBytes..])
            ? new PageLink(new Guid(bytes[..IdBytes], bigEndian: true), DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes[IdBytes..BodyBytes])))
            : null;
    }

    ReadOnlySpan<byte> Mac(ReadOnlySpan<byte> body) => storage.Mac(body, Purpose).AsSpan(0, MacBytes);
}
