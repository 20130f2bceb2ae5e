using System.Numerics;

namespace Hotline.Transparency;

/// <summary>The root of a complete subtree: 2^<paramref name="Level"/> leaves from <paramref name="Index"/> * 2^level on. Level 0 is a leaf's hash.</summary>
public readonly record struct SubtreeRoot(int Level, long Index);

/// <summary>
/// Which complete subtrees a proof is made of (RFC 6962 sections 2.1.1 and 2.1.2): whoever stores their roots makes every
/// proof, of every size that the tree has had, from a number of rows that grows with the logarithm of the size.
/// </summary>
public sealed class ProofPlan
{
    readonly List<IReadOnlyList<SubtreeRoot>> steps;

    ProofPlan(List<IReadOnlyList<SubtreeRoot>> steps) => this.steps = steps;

    /// <summary>Every stored root that the proof needs.</summary>
    public IEnumerable<SubtreeRoot> Needs => steps.SelectMany(s => s).Distinct();

    public static ProofPlan Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var steps = new List<IReadOnlyList<SubtreeRoot>>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            steps.Add(index < middle ? Cover(middle, end) : Cover(start, middle));
            (start, end) = index < middle ? (start, middle) : (middle, end);
        }
        steps.Reverse();
        return new ProofPlan(steps);
    }

    /// <summary>From a size of at least 1; from 0 the proof is empty.</summary>
    public static ProofPlan Consistency(long first, long second)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        var steps = new List<IReadOnlyList<SubtreeRoot>>();
        if (first == 0 || first == second)
            return new ProofPlan(steps);
        var (start, end, whole) = (0L, second, true);
        while (first != end)
        {
            var middle = start + Split(end - start);
            if (first <= middle)
            {
                steps.Add(Cover(middle, end));
                end = middle;
            }
            else
            {
                steps.Add(Cover(start, middle));
                (start, whole) = (middle, false);
            }
        }
        if (!whole)
            steps.Add(Cover(start, end));
        steps.Reverse();
        return new ProofPlan(steps);
    }

    /// <summary>The subtrees that make up the whole tree: its root is <see cref="Fold"/> of theirs.</summary>
    public static IReadOnlyList<SubtreeRoot> Cover(long size) => size == 0 ? [] : Cover(0, size);

    /// <exception cref="KeyNotFoundException">A root is not stored.</exception>
    public IReadOnlyList<byte[]> Path(IReadOnlyDictionary<SubtreeRoot, byte[]> stored) =>
        [.. steps.Select(step => Fold([.. step.Select(s => stored[s])]))];

    /// <summary>The root over neighbouring complete subtrees, the largest first.</summary>
    public static byte[] Fold(IReadOnlyList<byte[]> roots)
    {
        if (roots.Count == 0)
            return MerkleTree.EmptyRoot;
        var hash = roots[^1];
        for (var i = roots.Count - 2; i >= 0; i--)
            hash = MerkleTree.Node(roots[i], hash);
        return hash;
    }

    /// <summary>The largest power of two below n.</summary>
    static long Split(long n) => 1L << BitOperations.Log2((ulong)(n - 1));

    static List<SubtreeRoot> Cover(long start, long end)
    {
        var cover = new List<SubtreeRoot>();
        while (start < end)
        {
            var level = BitOperations.Log2((ulong)(end - start));
            if (start != 0)
                level = Math.Min(level, BitOperations.TrailingZeroCount(start));
            cover.Add(new SubtreeRoot(level, start >> level));
            start += 1L << level;
        }
        return cover;
    }
}
