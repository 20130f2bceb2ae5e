using System.Text.Json;

namespace Hotline.Sealing;

/// <summary>The public key that signs key directories: what a party is given by hand when it enrols, and trusts from then on.</summary>
public sealed record DirectoryPin
{
    internal DirectoryPin(Jwk key) => Key = new PublicKey("directory", key.PublicHalf())
    {
        NotBefore = DateTimeOffset.MinValue,
        NotAfter = DateTimeOffset.MaxValue,
        State = KeyState.Active,
    };

    /// <summary>RFC 7638 thumbprint, to be compared by voice at enrolment.</summary>
    public string Kid => Key.Kid;

    internal PublicKey Key { get; }

    /// <summary>The public JWK, to be carried along with evidence.</summary>
    public byte[] ToJson() => Key.Key.ToJson();

    /// <returns>Null where it is no public signing key.</returns>
    public static DirectoryPin? TryRead(JsonElement jwk) => Jwk.TryRead(jwk, secret: false) is { Use: KeyUse.Signing } key ? new DirectoryPin(key) : null;

    /// <param name="file">A public JWK, <c>directory-pin.jwk</c>.</param>
    /// <exception cref="SealingException"><c>key-file-invalid</c>.</exception>
    public static DirectoryPin Load(string file)
    {
        var key = KeyFiles.Read(file, secret: false);
        return key.Use == KeyUse.Signing
            ? new DirectoryPin(key) : throw new SealingException(SealingCodes.KeyFileInvalid, Path.GetFileName(file));
    }
}
