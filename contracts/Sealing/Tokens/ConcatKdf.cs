using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>The key derivation of RFC 7518 section 4.6.2 for the suite: one round of SHA-256, 256 bits, no party names.</summary>
static class ConcatKdf
{
    // round (1) || Z || AlgorithmID || PartyUInfo (empty) || PartyVInfo (empty) || SuppPubInfo (256 bits)
    static readonly byte[] Suffix = OtherInfo(Suite.Agreement);

    internal static byte[] Derive(ReadOnlySpan<byte> agreed)
    {
        Span<byte> input = stackalloc byte[4 + agreed.Length + Suffix.Length];
        BinaryPrimitives.WriteInt32BigEndian(input, 1);
        agreed.CopyTo(input[4..]);
        Suffix.CopyTo(input[(4 + agreed.Length)..]);
        var key = SHA256.HashData(input);
        CryptographicOperations.ZeroMemory(input);
        return key;
    }

    static byte[] OtherInfo(string algorithm)
    {
        var info = new byte[4 + algorithm.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(info, algorithm.Length);
        System.Text.Encoding.ASCII.GetBytes(algorithm, info.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(info.AsSpan(info.Length - 4), 256);
        return info;
    }
}
