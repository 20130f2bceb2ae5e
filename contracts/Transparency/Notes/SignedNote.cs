using System.Text;

namespace Hotline.Transparency;

/// <summary>One signature line of a note.</summary>
/// <param name="KeyId">First four bytes of a hash: tells keys apart, proves nothing.</param>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Bytes)
{
    /// <summary>The line with its newline.</summary>
    public string Line
    {
        get
        {
            var whole = new byte[4 + Bytes.Length];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(whole, KeyId);
            Bytes.CopyTo(whole, 4);
            return $"— {Name} {Convert.ToBase64String(whole)}\n";
        }
    }

    /// <summary>Reads a line without its newline.</summary>
    public static NoteSignature? TryParse(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length != 3 || parts[0] != "—" || !NoteKey.IsName(parts[1]) || StrictText.Base64(parts[2]) is not { Length: > 4 } whole)
            return null;
        return new NoteSignature(parts[1], System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(whole), whole[4..]);
    }
}

/// <summary>A text with signatures (c2sp.org/signed-note). Reading it says nothing about whether they are good.</summary>
/// <param name="Text">With its final newline: exactly what is signed.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Longest note that is read, in characters.</summary>
    public const int Longest = 64 * 1024;

    const int MostSignatures = 64;

    /// <summary>Null where it is not exactly of the form: control characters (so CRLF), no blank line, no signature.</summary>
    public static SignedNote? TryParse(string note)
    {
        if (note.Length > Longest || !note.EndsWith('\n') || !StrictText.IsPlain(note))
            return null;
        var blank = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (blank < 0)
            return null;
        var lines = note[(blank + 2)..].Split('\n')[..^1];
        var signatures = lines.Select(NoteSignature.TryParse).ToList();
        return signatures.Count is 0 or > MostSignatures || signatures.Contains(null) ? null
            : new SignedNote(note[..(blank + 1)], signatures!);
    }

    /// <summary>Whether this key signed it. A signature that claims to be of the key and is not good makes the answer no.</summary>
    public bool IsSignedBy(NoteKey key)
    {
        var claimed = Signatures.Where(s => key.Claims(s)).ToList();
        return claimed.Count > 0 && claimed.TrueForAll(s => key.Verifies(Text, s.Bytes));
    }

    public override string ToString() => Text + "\n" + string.Concat(Signatures.Select(s => s.Line));
}

/// <summary>Text of one spelling only.</summary>
static class StrictText
{
    /// <summary>No control character but the newline, and valid Unicode.</summary>
    internal static bool IsPlain(string text)
    {
        foreach (var c in text)
            if (c < ' ' && c != '\n')
                return false;
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Decimal without sign and leading zeroes, at most 2^63 - 1; else null.</summary>
    internal static long? Number(string text) =>
        text.Length is > 0 and <= 19 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0')
        && long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Standard base64 with padding, no spaces, no spare bits; else null.</summary>
    internal static byte[]? Base64(string text)
    {
        var bytes = new byte[text.Length / 4 * 3];
        return text.Length % 4 == 0 && Convert.TryFromBase64String(text, bytes, out var written)
            && Convert.ToBase64String(bytes, 0, written) == text ? bytes[..written] : null;
    }

    /// <summary>A hash of the tree; else null.</summary>
    internal static byte[]? Hash(string text) => Base64(text) is { Length: MerkleTree.HashBytes } hash ? hash : null;
}
