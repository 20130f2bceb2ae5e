using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>The one form of everything sealed at rest: format byte, 96-bit random nonce, AES-256-GCM ciphertext, 128-bit tag.</summary>
static class SealedBox
{
    internal const byte Format = 1;
    const int Overhead = 1 + Suite.NonceBytes + Suite.TagBytes;

    internal static byte[] Seal(AesGcm gcm, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        var box = new byte[plaintext.Length + Overhead];
        box[0] = Format;
        var nonce = box.AsSpan(1, Suite.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        gcm.Encrypt(nonce, plaintext, box.AsSpan(1 + Suite.NonceBytes, plaintext.Length), box.AsSpan(box.Length - Suite.TagBytes), context);
        return box;
    }

    /// <exception cref="SealBrokenException">The box was changed, or belongs to another key or context.</exception>
    internal static byte[] Open(AesGcm gcm, ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        if (box.Length < Overhead || box[0] != Format)
            throw new SealBrokenException();
        var plaintext = new byte[box.Length - Overhead];
        try
        {
            gcm.Decrypt(box.Slice(1, Suite.NonceBytes), box.Slice(1 + Suite.NonceBytes, plaintext.Length),
                box[^Suite.TagBytes..], plaintext, context);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new SealBrokenException();
        }
        return plaintext;
    }
}
