using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>SHA-256, as messages and receipts name each other.</summary>
public static class Digest
{
    public static byte[] Of(ReadOnlySpan<byte> bytes) => SHA256.HashData(bytes);

    /// <summary>The digest of a sealed body: of its ASCII bytes.</summary>
    public static byte[] Of(string sealedBody) => SHA256.HashData(Encoding.UTF8.GetBytes(sealedBody));

    /// <summary>Base64url without padding.</summary>
    public static string Text(byte[] digest) => Base64Url.EncodeToString(digest);
}
