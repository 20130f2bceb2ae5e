using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing.Tests;

/// <summary>
/// Makes tokens that are right in every respect but the one a test changes: real signatures, real key agreement, real tags.
/// </summary>
sealed class Forger(ThreeParties parties)
{
    internal const string SignedHeader = """{"alg":"ES256","kid":"KID","typ":"hotline+jws"}""";

    internal const string SealedHeader =
        """{"alg":"ECDH-ES+A256KW","enc":"A256GCM","kid":"KID","epk":EPK,"typ":"hotline+jwe","cty":"hotline+jws","mid":"MID","to":"police"}""";

    internal Guid Mid { get; } = ThreeParties.NewId();

    /// <summary>The payload of a genuine message as text, to be changed.</summary>
    internal string Payload => Fill("""
        {"v":1,"iss":"intake","aud":"police","jti":"MID","iat":IAT,"exp":EXP,"kind":"note.added","class":"live",
        "referral":"01990000-0000-7000-8000-000000000000","epoch":1,"seq":7,"body":{"text":"x"},"pad":"000"}
        """);

    internal string Fill(string text, DateTimeOffset? iat = null)
    {
        var at = (iat ?? ThreeParties.Now).ToUnixTimeSeconds();
        return text.Replace("MID", Mid.ToString(), StringComparison.Ordinal)
            .Replace("IAT", at.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("EXP", (at + 30 * 86_400).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    internal string Sign(string payload, string header = SignedHeader, string signer = ThreeParties.Hub) =>
        Sign(Encoding.UTF8.GetBytes(payload), header, signer);

    internal string Sign(byte[] payload, string header = SignedHeader, string signer = ThreeParties.Hub)
    {
        var secret = parties.SecretOf(signer, KeyUse.Signing);
        using var key = ECDsa.Create(secret.Parameters());
        var input = $"{Encode(header.Replace("KID", secret.Kid, StringComparison.Ordinal))}.{Base64UrlText.Encode(payload)}";
        return $"{input}.{Base64UrlText.Encode(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    internal string Seal(string plaintext, string header = SealedHeader, string receiver = ThreeParties.Police)
    {
        var to = parties.KeyOf(receiver, KeyUse.Encryption);
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDiffieHellman.Create(to.Key.Parameters());
        var point = ephemeral.ExportParameters(false).Q;
        var epk = $$"""{"kty":"EC","crv":"P-256","x":"{{Base64UrlText.Encode(point.X)}}","y":"{{Base64UrlText.Encode(point.Y)}}"}""";
        var encoded = Encode(Fill(header).Replace("KID", to.Kid, StringComparison.Ordinal).Replace("EPK", epk, StringComparison.Ordinal));

        var contentKey = RandomNumberGenerator.GetBytes(32);
        var wrapped = KeyWrap.Wrap(ConcatKdf.Derive(ephemeral.DeriveRawSecretAgreement(other.PublicKey)), contentKey);
        var nonce = RandomNumberGenerator.GetBytes(12);
        var text = Encoding.UTF8.GetBytes(plaintext);
        var ciphertext = new byte[text.Length];
        var tag = new byte[16];
        using var gcm = new AesGcm(contentKey, 16);
        gcm.Encrypt(nonce, text, ciphertext, tag, Encoding.ASCII.GetBytes(encoded));
        return string.Join('.', encoded, Base64UrlText.Encode(wrapped), Base64UrlText.Encode(nonce),
            Base64UrlText.Encode(ciphertext), Base64UrlText.Encode(tag));
    }

    internal OpenResult OpenAtPolice(string body, DateTimeOffset? now = null) =>
        parties.EnvelopeOf(ThreeParties.Police).Open(body, Mid, ThreeParties.Police, now ?? ThreeParties.Now);

    internal static string Encode(string text) => Base64UrlText.Encode(Encoding.UTF8.GetBytes(text));
}
