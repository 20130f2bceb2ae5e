using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>What a key is for; JWK <c>use</c> is <c>sig</c> or <c>enc</c>.</summary>
public enum KeyUse
{
    Signing,
    Encryption,
}

/// <summary>
/// <c>pending</c> (published, not yet used by its owner), <c>active</c>, <c>decrypt-only</c> (replaced: opens and verifies
/// what is still on its way) or <c>revoked</c> (refused, whatever a message says).
/// </summary>
public enum KeyState
{
    Pending,
    Active,
    DecryptOnly,
    Revoked,
}

/// <summary>A party's public key in the key directory (protocol.md, "Keys").</summary>
public sealed record PublicKey
{
    readonly KeyPool<ECDsa> verifiers;

    internal PublicKey(string party, Jwk key)
    {
        Party = party;
        Key = key;
        verifiers = new KeyPool<ECDsa>(() => ECDsa.Create(key.Parameters()));
        Agreements = new KeyPool<AgreementKey>(() => AgreementKey.Import(key.Parameters()));
    }

    public string Party { get; }

    /// <summary>RFC 7638 thumbprint; unique in the whole directory.</summary>
    public string Kid => Key.Kid;

    public KeyUse Use => Key.Use;

    /// <summary>Coordinate of the P-256 point, base64url.</summary>
    public string X => Base64UrlText.Encode(Key.X);

    /// <summary>Coordinate of the P-256 point, base64url.</summary>
    public string Y => Base64UrlText.Encode(Key.Y);

    /// <summary>UTC. A message is accepted under this key only if its <c>iat</c> is from here...</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>UTC. ...up to and including here.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    public required KeyState State { get; init; }

    /// <summary>UTC; set exactly when the key is revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    internal Jwk Key { get; }

    internal KeyPool<AgreementKey> Agreements { get; }

    /// <summary>ES256 (RFC 7518 section 3.4): r and s of 32 bytes each, nothing shorter, longer or in another form.</summary>
    internal bool Verifies(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Suite.SignatureBytes)
            return false;
        var verifier = verifiers.Rent();
        var good = verifier.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        verifiers.Return(verifier);
        return good;
    }

    internal bool IsValidAt(DateTimeOffset time) => NotBefore <= time && time <= NotAfter;

    public override string ToString() => $"{Party} {Use} {Kid} {State}";
}
