namespace Hotline.Transparency;

/// <summary>
/// A tree that grows: of all its hashes only the roots of the complete subtrees on its right edge are held, so that a log
/// of any length is hashed in memory of a few hundred bytes. Not for several threads.
/// </summary>
public sealed class Frontier
{
    readonly List<byte[]> roots = [];

    /// <summary>Leaves appended so far.</summary>
    public long Size { get; private set; }

    /// <summary>Goes on where a stored tree ends.</summary>
    /// <param name="roots">Of the subtrees of <see cref="ProofPlan.Cover(long)"/>, in its order.</param>
    public static Frontier From(long size, IEnumerable<byte[]> roots)
    {
        var frontier = new Frontier { Size = size };
        frontier.roots.AddRange(roots);
        return frontier.roots.Count == ProofPlan.Cover(size).Count
            ? frontier : throw new ArgumentException("Another number of roots than a tree of this size has.", nameof(roots));
    }

    /// <summary>Appends a leaf.</summary>
    /// <param name="completed">Called for each subtree of two or more leaves that is complete by it.</param>
    public void Append(byte[] leaf, Action<SubtreeRoot, byte[]>? completed = null)
    {
        var (hash, index, level) = (leaf, Size, 0);
        while ((index & 1) == 1)
        {
            hash = MerkleTree.Node(roots[^1], hash);
            roots.RemoveAt(roots.Count - 1);
            (index, level) = (index >> 1, level + 1);
            completed?.Invoke(new SubtreeRoot(level, index), hash);
        }
        roots.Add(hash);
        Size++;
    }

    public byte[] Root() => ProofPlan.Fold(roots);
}
