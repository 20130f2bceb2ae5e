using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>
/// A commitment to a record: who has record and salt can check it, who has neither learns nothing, not even whether a guess
/// is right. HMAC-SHA-256 under the salt.
/// </summary>
public static class Commitment
{
    public const int SaltBytes = 32;

    public static byte[] Of(byte[] salt, ReadOnlySpan<byte> record) => salt.Length == SaltBytes
        ? HMACSHA256.HashData(salt, record) : throw new ArgumentException("A salt has 32 bytes.", nameof(salt));
}
