using System.Buffers.Binary;
using System.Text;
using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>
/// A witness's word that at a time it had seen the log grow consistently up to a checkpoint (c2sp.org/tlog-cosignature,
/// Ed25519). What is signed names neither witness nor key: a key must not stand under two names.
/// </summary>
public static class Cosignature
{
    const int TimeBytes = 8;

    /// <param name="text">The checkpoint's text.</param>
    /// <param name="at">The witness's clock; whole seconds count.</param>
    public static NoteSignature Sign(string text, string name, LogKey key, DateTimeOffset at)
    {
        var seconds = at.ToUnixTimeSeconds();
        var bytes = new byte[TimeBytes + LogKey.SignatureBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, seconds);
        key.Sign(Signed(text, seconds)).CopyTo(bytes, TimeBytes);
        return new NoteSignature(name, NoteKey.Of(name, NoteKey.Witness, key.PublicKey).Id, bytes);
    }

    /// <summary>When the witness signed, UTC; null where the signature is not good.</summary>
    public static DateTimeOffset? Verify(string text, NoteSignature signature, NoteKey key)
    {
        if (key.Type != NoteKey.Witness || !key.Claims(signature) || signature.Bytes.Length != TimeBytes + LogKey.SignatureBytes)
            return null;
        var seconds = BinaryPrimitives.ReadInt64BigEndian(signature.Bytes);
        if (seconds < 0 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || !LogKey.Verifies(key.PublicKey, Signed(text, seconds), signature.Bytes[TimeBytes..]))
            return null;
        return DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    static byte[] Signed(string text, long seconds) => Encoding.UTF8.GetBytes($"cosignature/v1\ntime {seconds}\n{text}");
}
