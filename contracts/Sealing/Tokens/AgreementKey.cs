using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>
/// A P-256 key that agrees with others (ECDH, RFC 7518 section 4.6). Used by one thread at a time. Must stay true: each
/// ephemeral key is new, and a point that came in a message is on the curve before the private key meets it, or it would
/// give away bits of it.
/// </summary>
abstract class AgreementKey : IDisposable
{
    /// <param name="key">With its private half where it is to open messages.</param>
    internal static AgreementKey Import(ECParameters key) => OpenSslAgreementKey.Available ? new OpenSslAgreementKey(key) : new PlatformAgreementKey(key);

    /// <summary>Makes a new ephemeral key and agrees with this public one.</summary>
    /// <returns>32 bytes that both sides know; the caller wipes them.</returns>
    internal abstract byte[] AgreeAnew(out ECPoint ephemeral);

    /// <summary>Agrees with a public key that came in a message.</summary>
    /// <param name="x">32 bytes.</param>
    /// <param name="y">32 bytes.</param>
    /// <returns>Null where the coordinates are no point of the curve.</returns>
    internal abstract byte[]? TryAgree(byte[] x, byte[] y);

    public abstract void Dispose();
}

/// <summary>The platform's own: everywhere, at more than twice the price (decision record 89).</summary>
sealed class PlatformAgreementKey(ECParameters key) : AgreementKey
{
    readonly ECDiffieHellman own = ECDiffieHellman.Create(key);

    internal override byte[] AgreeAnew(out ECPoint ephemeral)
    {
        using var fresh = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ephemeral = fresh.ExportParameters(false).Q;
        using var ownPublic = own.PublicKey;
        return fresh.DeriveRawSecretAgreement(ownPublic);
    }

    internal override byte[]? TryAgree(byte[] x, byte[] y)
    {
        try
        {
            using var other = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
            using var otherPublic = other.PublicKey;
            return own.DeriveRawSecretAgreement(otherPublic);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public override void Dispose() => own.Dispose();
}
