using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>Compact JWS with ES256 (RFC 7515, RFC 7518 section 3.4).</summary>
sealed class Jws
{
    const int EncodedSignature = 86;
    readonly byte[] token;
    readonly int signingInput;
    readonly byte[] signature;

    Jws(byte[] token, int signingInput, TokenHeader header, byte[] payload, byte[] signature) =>
        (this.token, this.signingInput, Header, Payload, this.signature) = (token, signingInput, header, payload, signature);

    internal TokenHeader Header { get; }

    /// <summary>Not to be believed before <see cref="IsSignedBy"/>.</summary>
    internal byte[] Payload { get; }

    /// <summary>Length of the token for a payload of so many bytes.</summary>
    internal static int Length(PrivateKey key, int payload) =>
        key.EncodedHeader.Length + 1 + Base64Url.GetEncodedLength(payload) + 1 + EncodedSignature;

    internal static string Sign(ReadOnlySpan<byte> payload, PrivateKey key)
    {
        var token = new byte[Length(key, payload.Length)];
        key.EncodedHeader.CopyTo(token, 0);
        var length = key.EncodedHeader.Length;
        token[length++] = (byte)'.';
        length += Base64Url.EncodeToUtf8(payload, token.AsSpan(length));

        Span<byte> signature = stackalloc byte[Suite.SignatureBytes];
        var signer = key.Signers.Rent();
        signer.SignData(token.AsSpan(0, length), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        key.Signers.Return(signer);

        token[length++] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, token.AsSpan(length));
        return Encoding.ASCII.GetString(token);
    }

    /// <param name="token">Kept, not copied.</param>
    internal static Jws? TryRead(byte[] token, HeaderRules rules, out string code)
    {
        code = SealingCodes.Malformed;
        Span<Range> parts = stackalloc Range[3];
        if (!CompactToken.TrySplit(token, parts))
            return null;
        var header = TokenHeader.Read(token.AsSpan(parts[0]), rules, out code);
        if (code.Length > 0)
            return null;
        code = SealingCodes.Malformed;
        if (!Base64UrlText.TryDecode(token.AsSpan(parts[1]), out var payload)
            || !Base64UrlText.TryDecode(token.AsSpan(parts[2]), out byte[] signature))
            return null;
        code = "";
        return new Jws(token, parts[1].End.Value, header, payload, signature);
    }

    internal bool IsSignedBy(PublicKey key) => key.Verifies(token.AsSpan(0, signingInput), signature);
}
