using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>
/// Seals what is stored of one case (AES-256-GCM). Destroying the wrapped key destroys the content. Safe for use by several threads.
/// </summary>
public sealed class DataKey : IDisposable
{
    readonly byte[] key;
    volatile bool disposed;

    internal DataKey(Guid id, byte[] key)
    {
        Id = id;
        this.key = key;
    }

    public Guid Id { get; }

    internal ReadOnlySpan<byte> Key => key;

    public byte[] Seal(ReadOnlySpan<byte> plaintext, CellAddress at)
    {
        using var gcm = Cipher();
        return SealedBox.Seal(gcm, plaintext, at.ToBytes(SealedBox.Format, Id));
    }

    /// <exception cref="SealBrokenException">Not what was sealed at this address in this version with this key.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedValue, CellAddress at)
    {
        using var gcm = Cipher();
        return SealedBox.Open(gcm, sealedValue, at.ToBytes(SealedBox.Format, Id));
    }

    /// <summary>Seals a text as UTF-8.</summary>
    public byte[] SealText(string text, CellAddress at) => Seal(Encoding.UTF8.GetBytes(text), at);

    /// <inheritdoc cref="Open"/>
    public string OpenText(ReadOnlySpan<byte> sealedValue, CellAddress at) => Encoding.UTF8.GetString(Open(sealedValue, at));

    /// <summary>
    /// What commitments in the audit log about this case are salted with (<see cref="Commitment"/>). It opens nothing, so it
    /// may be shown with an evidence bundle; once the key is destroyed nobody can compute it again.
    /// </summary>
    public byte[] CommitmentSalt() => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Commitment.SaltBytes, info: "hotline/commitment/1"u8.ToArray());

    /// <summary>Seals a signed message, without the padding that its length needs on the wire only.</summary>
    /// <param name="jws">Compact JWS.</param>
    public byte[] SealSigned(string jws, CellAddress at) => Seal(PackedJws.Pack(jws), at);

    /// <summary>The signed message, to the last character as it was sealed.</summary>
    /// <inheritdoc cref="Open"/>
    public string OpenSigned(ReadOnlySpan<byte> sealedValue, CellAddress at) => PackedJws.Unpack(Open(sealedValue, at));

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(key);
        disposed = true;
    }

    // One for each use: a cipher is made in a microsecond, and thousands of keys that are remembered stay small.
    AesGcm Cipher()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return new AesGcm(key, Suite.TagBytes);
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => "[data key]";
}
