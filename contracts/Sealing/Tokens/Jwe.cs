using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>Compact JWE with ECDH-ES+A256KW on P-256 and A256GCM (RFC 7516; RFC 7518 sections 4.6 and 5.3).</summary>
sealed class Jwe
{
    const int WrappedKeyBytes = Suite.ContentKeyBytes + 8;
    readonly byte[] token;
    readonly int headerLength;
    readonly byte[] wrappedKey;
    readonly byte[] nonce;
    readonly byte[] ciphertext;
    readonly byte[] tag;

    Jwe(byte[] token, int headerLength, TokenHeader header, byte[] wrappedKey, byte[] nonce, byte[] ciphertext, byte[] tag) =>
        (this.token, this.headerLength, Header, this.wrappedKey, this.nonce, this.ciphertext, this.tag) =
        (token, headerLength, header, wrappedKey, nonce, ciphertext, tag);

    internal TokenHeader Header { get; }

    internal static string Seal(ReadOnlySpan<byte> plaintext, PublicKey receiver, Guid mid, string to)
    {
        var other = receiver.Agreements.Rent();
        var wrappingKey = WrappingKey(other.AgreeAnew(out var point));
        receiver.Agreements.Return(other);
        var header = Encoding.ASCII.GetBytes(
            $$$"""{"alg":"{{{Suite.Agreement}}}","enc":"{{{Suite.Content}}}","kid":"{{{receiver.Kid}}}","epk":{"kty":"{{{Suite.KeyType}}}","crv":"{{{Suite.Curve}}}","x":"{{{Base64UrlText.Encode(point.X)}}}","y":"{{{Base64UrlText.Encode(point.Y)}}}"},"typ":"{{{Suite.SealedType}}}","cty":"{{{Suite.SignedType}}}","mid":"{{{mid:D}}}","to":"{{{to}}}"}""");

        Span<byte> contentKey = stackalloc byte[Suite.ContentKeyBytes];
        RandomNumberGenerator.Fill(contentKey);
        var wrappedKey = KeyWrap.Wrap(wrappingKey, contentKey);
        CryptographicOperations.ZeroMemory(wrappingKey);
        try
        {
            return Encrypt(header, wrappedKey, contentKey, plaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(contentKey);
        }
    }

    static string Encrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> wrappedKey, ReadOnlySpan<byte> contentKey, ReadOnlySpan<byte> plaintext)
    {
        Span<byte> nonce = stackalloc byte[Suite.NonceBytes];
        Span<byte> tag = stackalloc byte[Suite.TagBytes];
        RandomNumberGenerator.Fill(nonce);
        var ciphertext = new byte[plaintext.Length];
        var token = new byte[Base64Url.GetEncodedLength(header.Length) + Base64Url.GetEncodedLength(wrappedKey.Length)
            + Base64Url.GetEncodedLength(nonce.Length) + Base64Url.GetEncodedLength(ciphertext.Length)
            + Base64Url.GetEncodedLength(tag.Length) + 4];
        var length = Base64Url.EncodeToUtf8(header, token);

        using (var gcm = new AesGcm(contentKey, Suite.TagBytes))
            gcm.Encrypt(nonce, plaintext, ciphertext, tag, token.AsSpan(0, length));

        length = Append(token, length, wrappedKey);
        length = Append(token, length, nonce);
        length = Append(token, length, ciphertext);
        Append(token, length, tag);
        return Encoding.ASCII.GetString(token);
    }

    static int Append(byte[] token, int length, ReadOnlySpan<byte> part)
    {
        token[length++] = (byte)'.';
        return length + Base64Url.EncodeToUtf8(part, token.AsSpan(length));
    }

    /// <param name="token">Kept, not copied.</param>
    /// <param name="header">What could be read of the header, also where the token is refused.</param>
    internal static Jwe? TryRead(byte[] token, HeaderRules rules, out TokenHeader? header, out string code)
    {
        header = null;
        code = SealingCodes.Malformed;
        Span<Range> parts = stackalloc Range[5];
        if (!CompactToken.TrySplit(token, parts))
            return null;
        header = TokenHeader.Read(token.AsSpan(parts[0]), rules, out code);
        if (code.Length > 0)
            return null;
        code = SealingCodes.Malformed;
        if (!Base64UrlText.TryDecode(token.AsSpan(parts[1]), out byte[] wrappedKey) || wrappedKey.Length != WrappedKeyBytes
            || !Base64UrlText.TryDecode(token.AsSpan(parts[2]), out byte[] nonce) || nonce.Length != Suite.NonceBytes
            || !Base64UrlText.TryDecode(token.AsSpan(parts[3]), out byte[] ciphertext)
            || !Base64UrlText.TryDecode(token.AsSpan(parts[4]), out byte[] tag) || tag.Length != Suite.TagBytes)
            return null;
        code = "";
        return new Jwe(token, parts[0].End.Value, header, wrappedKey, nonce, ciphertext, tag);
    }

    /// <returns>The plaintext, or null with a code. One code for everything a wrong key or a changed byte can cause.</returns>
    internal byte[]? TryOpen(PrivateKey key, out string code)
    {
        code = SealingCodes.EphemeralKeyInvalid;
        var own = key.Agreements.Rent();
        var agreed = own.TryAgree(Header.EpkX, Header.EpkY);
        key.Agreements.Return(own);
        if (agreed is null)
            return null;
        code = SealingCodes.DecryptionFailed;
        var wrappingKey = WrappingKey(agreed);
        Span<byte> contentKey = stackalloc byte[Suite.ContentKeyBytes];
        try
        {
            if (!KeyWrap.TryUnwrap(wrappingKey, wrappedKey, contentKey))
                return null;
            var plaintext = new byte[ciphertext.Length];
            using var gcm = new AesGcm(contentKey, Suite.TagBytes);
            gcm.Decrypt(nonce, ciphertext, tag, plaintext, token.AsSpan(0, headerLength));
            code = "";
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(wrappingKey);
            CryptographicOperations.ZeroMemory(contentKey);
        }
    }

    static byte[] WrappingKey(byte[] agreed)
    {
        var key = ConcatKdf.Derive(agreed);
        CryptographicOperations.ZeroMemory(agreed);
        return key;
    }
}
