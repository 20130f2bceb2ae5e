using System.Text;

namespace Hotline.Transparency;

/// <summary>
/// What a log asks a witness to cosign: the text that c2sp.org/tlog-witness posts to <c>add-checkpoint</c>, here carried
/// inside a sealed message.
/// </summary>
/// <param name="OldSize">The size that the log believes the witness has cosigned last.</param>
/// <param name="Proof">Consistency from there to the checkpoint.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<byte[]> Proof, Checkpoint Checkpoint, SignedNote Note)
{
    /// <summary>Null where it is not exactly of the form.</summary>
    public static WitnessRequest? TryParse(string text)
    {
        var blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (text.Length > 2 * SignedNote.Longest || blank < 0 || Checkpoint.TryRead(text[(blank + 2)..]) is not var (checkpoint, note))
            return null;
        var lines = text[..blank].Split('\n');
        if (!lines[0].StartsWith("old ", StringComparison.Ordinal) || StrictText.Number(lines[0][4..]) is not { } old
            || lines.Length - 1 > MerkleTree.LongestPath)
            return null;
        var proof = lines[1..].Select(StrictText.Hash).ToList();
        return proof.Contains(null) ? null : new WitnessRequest(old, proof!, checkpoint, note);
    }

    public override string ToString()
    {
        var text = new StringBuilder($"old {OldSize}\n");
        foreach (var hash in Proof)
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(Note).ToString();
    }
}
