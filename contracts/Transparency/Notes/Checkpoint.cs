namespace Hotline.Transparency;

/// <summary>What a log commits to (c2sp.org/tlog-checkpoint): at this size it has this root.</summary>
/// <param name="Origin">Which log: <c>party/epoch</c>, for example <c>police/1</c>.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The text that is signed. This system writes no extension lines.</summary>
    public string Text => $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n";

    /// <summary>Reads a note's text; null where it is no checkpoint. Extension lines are allowed and ignored.</summary>
    public static Checkpoint? TryParse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 4 || lines[^1].Length > 0 || lines[..^1].Any(line => line.Length == 0)
            || StrictText.Number(lines[1]) is not { } size || StrictText.Hash(lines[2]) is not { } root)
            return null;
        return size > 0 || root.AsSpan().SequenceEqual(MerkleTree.EmptyRoot) ? new Checkpoint(lines[0], size, root) : null;
    }

    /// <summary>Reads a whole note; whether its signatures are good is another question.</summary>
    public static (Checkpoint Checkpoint, SignedNote Note)? TryRead(string note) =>
        SignedNote.TryParse(note) is { } signed && TryParse(signed.Text) is { } checkpoint ? (checkpoint, signed) : null;

    public bool Equals(Checkpoint? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
