using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>A public key that signs notes (c2sp.org/signed-note, "Verifier keys"): <c>name+keyid+base64(type, key)</c>.</summary>
public sealed record NoteKey
{
    /// <summary>Ed25519 over the note's text.</summary>
    public const byte Log = 0x01;

    /// <summary>Ed25519 cosignature with a time (c2sp.org/tlog-cosignature).</summary>
    public const byte Witness = 0x04;

    NoteKey(string name, byte type, byte[] publicKey)
    {
        (Name, Type, PublicKey) = (name, type, publicKey);
        Id = BinaryPrimitives.ReadUInt32BigEndian(Digest.Of([.. Encoding.UTF8.GetBytes(name), (byte)'\n', type, .. publicKey]));
    }

    public string Name { get; }
    public byte Type { get; }
    public byte[] PublicKey { get; }
    public uint Id { get; }

    public static NoteKey Of(string name, byte type, byte[] publicKey) => IsName(name) && publicKey.Length == LogKey.PublicKeyBytes
        ? new NoteKey(name, type, publicKey) : throw new ArgumentException("No name or no Ed25519 key.", nameof(name));

    /// <summary>Null where it is not of the form, or where name, type and key do not give the id.</summary>
    public static NoteKey? TryParse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !IsName(parts[0]) || parts[1].Length != 8 || StrictText.Base64(parts[2]) is not { Length: 1 + LogKey.PublicKeyBytes } typed)
            return null;
        var key = new NoteKey(parts[0], typed[0], typed[1..]);
        return typed[0] is Log or Witness && key.ToString() == text ? key : null;
    }

    /// <summary>Whether the line says that it is of this key.</summary>
    public bool Claims(NoteSignature signature) => signature.Name == Name && signature.KeyId == Id;

    /// <summary>Whether the bytes sign the text. A cosignature needs <see cref="Cosignature"/>, so it is never good here.</summary>
    public bool Verifies(string text, byte[] signature) => Type == Log && LogKey.Verifies(PublicKey, Encoding.UTF8.GetBytes(text), signature);

    /// <summary>A note with this party's signature.</summary>
    public static SignedNote Sign(string text, string name, LogKey key) =>
        new(text, [new NoteSignature(name, Of(name, Log, key.PublicKey).Id, key.Sign(Encoding.UTF8.GetBytes(text)))]);

    internal static bool IsName(string name) => name.Length is > 0 and <= 200 && !name.Contains('+') && !name.Any(char.IsWhiteSpace) && StrictText.IsPlain(name) && !name.Contains('\n');

    public bool Equals(NoteKey? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => (int)Id;

    public override string ToString() =>
        $"{Name}+{Id.ToString("x8", CultureInfo.InvariantCulture)}+{Convert.ToBase64String([Type, .. PublicKey])}";
}
