namespace Hotline.Sealing;

/// <summary>
/// The one set of algorithms, named in the key directory (protocol.md, "Sealed message"). There is no negotiation:
/// a token that names anything else is refused. A later suite replaces this file and the two token formats that use it.
/// </summary>
public static class Suite
{
    /// <summary>The name that a key directory carries: signature, key agreement with key wrap, content encryption, curve.</summary>
    public const string Name = "ES256;ECDH-ES+A256KW;A256GCM;P-256";

    /// <summary>Greatest length of a sealed message or a directory token, in bytes.</summary>
    public const int LargestToken = 256 * 1024;

    /// <summary>
    /// Greatest length of a signed message, in bytes: the largest padded size that still fits <see cref="LargestToken"/> once sealed.
    /// </summary>
    public const int LargestSigned = 128 * 1024;

    internal const string Signature = "ES256";
    internal const string Agreement = "ECDH-ES+A256KW";
    internal const string Content = "A256GCM";
    internal const string KeyType = "EC";
    internal const string Curve = "P-256";

    internal const string SignedType = "hotline+jws";
    internal const string SealedType = "hotline+jwe";
    internal const string DirectoryType = "hotline+directory";

    internal const int CoordinateBytes = 32;
    internal const int SignatureBytes = 64;
    internal const int ContentKeyBytes = 32;
    internal const int NonceBytes = 12;
    internal const int TagBytes = 16;
}
