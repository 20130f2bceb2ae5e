using System.Text;

namespace Hotline.Transparency;

/// <summary>That an entry stands in a log, in one text that is checked offline (c2sp.org/tlog-proof).</summary>
/// <param name="Index">Of the entry, from 0.</param>
/// <param name="Path">From the leaf's sibling towards the root.</param>
/// <param name="Extra">Carried along, proved by nothing; null where there is none.</param>
public sealed record TlogProof(long Index, IReadOnlyList<byte[]> Path, Checkpoint Checkpoint, SignedNote Note, byte[]? Extra = null)
{
    const string FirstLine = "c2sp.org/tlog-proof@v1";

    /// <summary>Whether the entry is in the checkpointed tree. Whose checkpoint it is says <see cref="WitnessPolicy"/>.</summary>
    public bool Proves(ReadOnlySpan<byte> entry) => MerkleTree.Includes(Index, Checkpoint.Size, MerkleTree.Leaf(entry), Path, Checkpoint.Root);

    /// <summary>Null where it is not exactly of the form.</summary>
    public static TlogProof? TryParse(string text)
    {
        var blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (text.Length > 2 * SignedNote.Longest || blank < 0 || Checkpoint.TryRead(text[(blank + 2)..]) is not var (checkpoint, note))
            return null;
        var lines = new Queue<string>(text[..blank].Split('\n'));
        if (lines.Dequeue() != FirstLine)
            return null;
        byte[]? extra = null;
        if (After(lines, "extra ") is { } encoded && (extra = StrictText.Base64(encoded)) is null)
            return null;
        if (After(lines, "index ") is not { } number || StrictText.Number(number) is not { } index || lines.Count > MerkleTree.LongestPath)
            return null;
        var path = lines.Select(StrictText.Hash).ToList();
        return path.Contains(null) ? null : new TlogProof(index, path!, checkpoint, note, extra);
    }

    public override string ToString()
    {
        var text = new StringBuilder(FirstLine).Append('\n');
        if (Extra is not null)
            text.Append("extra ").Append(Convert.ToBase64String(Extra)).Append('\n');
        text.Append("index ").Append(Index).Append('\n');
        foreach (var hash in Path)
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(Note).ToString();
    }

    static string? After(Queue<string> lines, string word) =>
        lines.TryPeek(out var line) && line.StartsWith(word, StringComparison.Ordinal) ? lines.Dequeue()[word.Length..] : null;
}
