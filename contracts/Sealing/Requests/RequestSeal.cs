using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>
/// HMAC-SHA-256 over what a gateway and this service send each other: <c>time "." body</c>, base64url without padding.
/// It says who wrote the request and that nobody changed it. It does not say that it is fresh: both sides make a second
/// copy harmless instead, because a node's wall clock may be wrong.
/// </summary>
public static class RequestSeal
{
    /// <summary>Header with the sender's time: any text of at most 40 characters, covered by the seal.</summary>
    public const string TimeHeader = "X-Hotline-Time";

    /// <summary>Header with the seal.</summary>
    public const string SealHeader = "X-Hotline-Seal";

    const int LongestTime = 40;

    /// <param name="secret">Shared by the two of them alone.</param>
    public static string Make(string secret, string time, ReadOnlySpan<byte> body) => Base64Url.EncodeToString(Mac(secret, time, body));

    /// <summary>Compares in constant time; false for anything that is not a seal at all.</summary>
    public static bool Holds(string secret, string? time, ReadOnlySpan<byte> body, string? seal)
    {
        if (time is not { Length: > 0 and <= LongestTime } || seal is null || !Base64UrlText.TryDecode(seal, out var claimed))
            return false;
        return CryptographicOperations.FixedTimeEquals(Mac(secret, time, body), claimed);
    }

    /// <summary>A new secret of 256 bits, as text.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    static byte[] Mac(string secret, string time, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes(time));
        hash.AppendData("."u8);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
