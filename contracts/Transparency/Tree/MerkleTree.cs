using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>
/// The hash tree of RFC 6962 section 2.1, and the checks of its proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2). Hashes have
/// 32 bytes; sizes and indexes count leaves from 0.
/// </summary>
public static class MerkleTree
{
    public const int HashBytes = 32;

    /// <summary>No tree of 2^63 leaves has a longer path.</summary>
    public const int LongestPath = 63;

    /// <summary>Root of the tree without leaves: SHA-256 of nothing.</summary>
    public static byte[] EmptyRoot => Digest.Of(ReadOnlySpan<byte>.Empty);

    public static byte[] Leaf(ReadOnlySpan<byte> entry)
    {
        var prefixed = new byte[entry.Length + 1];
        entry.CopyTo(prefixed.AsSpan(1));
        return Digest.Of(prefixed);
    }

    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> prefixed = stackalloc byte[1 + 2 * HashBytes];
        prefixed[0] = 1;
        left.CopyTo(prefixed[1..]);
        right.CopyTo(prefixed[(1 + HashBytes)..]);
        return Digest.Of(prefixed);
    }

    /// <summary>Whether the leaf stands at that index of the tree with that size and root.</summary>
    public static bool Includes(long index, long size, byte[] leaf, IReadOnlyList<byte[]> path, byte[] root)
    {
        if (index < 0 || index >= size || !AreHashes(path, leaf, root))
            return false;
        var (at, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in path)
        {
            if (last == 0)
                return false;
            if ((at & 1) == 1 || at == last)
            {
                hash = Node(sibling, hash);
                while ((at & 1) == 0 && at != 0)
                    (at, last) = (at >> 1, last >> 1);
            }
            else
                hash = Node(hash, sibling);
            (at, last) = (at >> 1, last >> 1);
        }
        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    /// <summary>Whether the second tree begins with all of the first. Every tree begins with the empty one; that proof is empty.</summary>
    public static bool Extends(long first, long second, byte[] firstRoot, byte[] secondRoot, IReadOnlyList<byte[]> path)
    {
        if (first < 0 || first > second || !AreHashes(path, firstRoot, secondRoot))
            return false;
        if (first == second)
            return path.Count == 0 && firstRoot.AsSpan().SequenceEqual(secondRoot);
        if (first == 0)
            return path.Count == 0 && firstRoot.AsSpan().SequenceEqual(EmptyRoot);
        if (path.Count == 0)
            return false;

        var (at, last) = (first - 1, second - 1);
        while ((at & 1) == 1)
            (at, last) = (at >> 1, last >> 1);
        // A first tree that is one complete subtree is not repeated in its proof.
        var start = at == 0 ? 0 : 1;
        var (old, now) = at == 0 ? (firstRoot, firstRoot) : (path[0], path[0]);
        foreach (var hash in path.Skip(start))
        {
            if (last == 0)
                return false;
            if ((at & 1) == 1 || at == last)
            {
                (old, now) = (Node(hash, old), Node(hash, now));
                while ((at & 1) == 0 && at != 0)
                    (at, last) = (at >> 1, last >> 1);
            }
            else
                now = Node(now, hash);
            (at, last) = (at >> 1, last >> 1);
        }
        return last == 0 && old.AsSpan().SequenceEqual(firstRoot) && now.AsSpan().SequenceEqual(secondRoot);
    }

    static bool AreHashes(IReadOnlyList<byte[]> path, params ReadOnlySpan<byte[]> others)
    {
        foreach (var hash in others)
            if (hash.Length != HashBytes)
                return false;
        return path.Count <= LongestPath && path.All(hash => hash.Length == HashBytes);
    }
}
