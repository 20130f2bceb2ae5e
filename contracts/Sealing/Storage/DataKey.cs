using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing;

/// <summary>
/// Seals what is stored of one case (AES-256-GCM). Destroying the wrapped key destroys the content. Safe for use by several threads.
/// </summary>
public sealed class DataKey : IDisposable
{
    readonly byte[] key;
    readonly AesGcm gcm;
    readonly Lock sealing = new();

    internal DataKey(Guid id, byte[] key)
    {
        Id = id;
        this.key = key;
        gcm = new AesGcm(key, Suite.TagBytes);
    }

    public Guid Id { get; }

    internal ReadOnlySpan<byte> Key => key;

    public byte[] Seal(ReadOnlySpan<byte> plaintext, CellAddress at)
    {
        var context = at.ToBytes(SealedBox.Format, Id);
        lock (sealing)
            return SealedBox.Seal(gcm, plaintext, context);
    }

    /// <exception cref="SealBrokenException">Not what was sealed at this address in this version with this key.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedValue, CellAddress at)
    {
        var context = at.ToBytes(SealedBox.Format, Id);
        lock (sealing)
            return SealedBox.Open(gcm, sealedValue, context);
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

    public void Dispose()
    {
        lock (sealing)
        {
            gcm.Dispose();
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => "[data key]";
}
