using Hotline.Sealing;

namespace Hotline.Transparency.Tests;

/// <summary>A log in memory, with all that it ever stored: honest as long as nobody makes it lie.</summary>
sealed class SmallLog(string origin = "police/1")
{
    readonly Frontier tree = new();
    readonly Dictionary<SubtreeRoot, byte[]> stored = [];

    public LogKey Key { get; init; } = LogKey.Create();

    public NoteKey PublicKey => NoteKey.Of("police", NoteKey.Log, Key.PublicKey);

    public static SmallLog Of(int leaves, LogKey? key = null)
    {
        var log = new SmallLog { Key = key ?? LogKey.Create() };
        for (var i = 0; i < leaves; i++)
            log.Append($"leaf {i}");
        return log;
    }

    public void Append(string entry)
    {
        var leaf = MerkleTree.Leaf(System.Text.Encoding.UTF8.GetBytes(entry));
        stored[new SubtreeRoot(0, tree.Size)] = leaf;
        tree.Append(leaf, (subtree, hash) => stored[subtree] = hash);
    }

    public Checkpoint Head() => new(origin, tree.Size, tree.Root());

    public SignedNote Signed() => NoteKey.Sign(Head().Text, "police", Key);

    public WitnessRequest Request(long old) => new(old, ProofPlan.Consistency(old, tree.Size).Path(stored), Head(), Signed());

    public TlogProof Proof(long index) => new(index, ProofPlan.Inclusion(index, tree.Size).Path(stored), Head(), Signed());
}
