using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>AES key wrap of RFC 3394 with the default initial value; the platform has only the padded one of RFC 5649.</summary>
static class KeyWrap
{
    const int Half = 8;
    const ulong InitialValue = 0xA6A6A6A6A6A6A6A6;

    internal static byte[] Wrap(byte[] wrappingKey, ReadOnlySpan<byte> key)
    {
        var wrapped = new byte[key.Length + Half];
        key.CopyTo(wrapped.AsSpan(Half));
        var check = InitialValue;
        var block = new byte[2 * Half];
        var count = key.Length / Half;

        using var aes = Cipher(wrappingKey);
        using var encryptor = aes.CreateEncryptor();
        for (var step = 1; step <= 6 * count; step++)
        {
            var part = wrapped.AsSpan((1 + (step - 1) % count) * Half, Half);
            BinaryPrimitives.WriteUInt64BigEndian(block, check);
            part.CopyTo(block.AsSpan(Half));
            encryptor.TransformBlock(block, 0, block.Length, block, 0);
            check = BinaryPrimitives.ReadUInt64BigEndian(block) ^ (ulong)step;
            block.AsSpan(Half).CopyTo(part);
        }
        BinaryPrimitives.WriteUInt64BigEndian(wrapped, check);
        CryptographicOperations.ZeroMemory(block);
        return wrapped;
    }

    /// <returns>False where the wrapped key was changed or wrapped with another key; <paramref name="key"/> is zero then.</returns>
    internal static bool TryUnwrap(byte[] wrappingKey, ReadOnlySpan<byte> wrapped, Span<byte> key)
    {
        wrapped[Half..].CopyTo(key);
        var check = BinaryPrimitives.ReadUInt64BigEndian(wrapped);
        var block = new byte[2 * Half];
        var count = key.Length / Half;

        using var aes = Cipher(wrappingKey);
        using var decryptor = aes.CreateDecryptor();
        for (var step = 6 * count; step >= 1; step--)
        {
            var part = key.Slice((step - 1) % count * Half, Half);
            BinaryPrimitives.WriteUInt64BigEndian(block, check ^ (ulong)step);
            part.CopyTo(block.AsSpan(Half));
            decryptor.TransformBlock(block, 0, block.Length, block, 0);
            check = BinaryPrimitives.ReadUInt64BigEndian(block);
            block.AsSpan(Half).CopyTo(part);
        }
        CryptographicOperations.ZeroMemory(block);
        if (check == InitialValue)
            return true;
        CryptographicOperations.ZeroMemory(key);
        return false;
    }

    static Aes Cipher(byte[] key)
    {
        var aes = Aes.Create();
        aes.Key = key;
        // Key wrap is built on the bare block cipher: every block goes in alone.
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        return aes;
    }
}
