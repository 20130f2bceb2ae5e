using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>ECDH on P-256 (RFC 7518 section 4.6): what both sides of a sealed message compute alone.</summary>
static class KeyAgreement
{
    internal static byte[] Agree(ECDiffieHellman own, ECDiffieHellman other)
    {
        using var otherKey = other.PublicKey;
        return own.DeriveRawSecretAgreement(otherKey);
    }

    /// <summary>Agrees with a public key that came in a message.</summary>
    /// <returns>Null where the coordinates are no point of the curve: using one would give away bits of the private key.</returns>
    internal static byte[]? TryAgree(PrivateKey own, byte[] x, byte[] y)
    {
        ECDiffieHellman other;
        try
        {
            other = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
        }
        catch (CryptographicException)
        {
            return null;
        }
        using (other)
        {
            var key = own.Agreements.Rent();
            var agreed = Agree(key, other);
            own.Agreements.Return(key);
            return agreed;
        }
    }
}
