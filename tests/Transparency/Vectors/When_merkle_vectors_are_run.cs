using System.Text.Json;
using NUnit.Framework;

namespace Hotline.Transparency.Tests;

/// <summary>Every file of Merkle vectors: the repository's own, and those of the folder named by <c>HOTLINE_VECTORS</c>.</summary>
public sealed class When_merkle_vectors_are_run
{
    static IEnumerable<string> Files()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "Vectors", "merkle_rfc6962.json");
        if (Environment.GetEnvironmentVariable("HOTLINE_VECTORS") is { Length: > 0 } folder)
            foreach (var file in Directory.GetFiles(folder, "merkle*.json").Order(StringComparer.Ordinal))
                yield return file;
    }

    [TestCaseSource(nameof(Files))]
    public void Should_hash_leaves_and_roots(string file)
    {
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(file));
        var tree = new Frontier();
        var roots = new List<byte[]>();

        foreach (var leaf in vectors.RootElement.GetProperty("leaves").EnumerateArray())
        {
            var hash = MerkleTree.Leaf(Hex(leaf, "input"));
            Assert.That(hash, Is.EqualTo(Hex(leaf, "leaf_hash")));
            tree.Append(hash);
            roots.Add(tree.Root());
        }

        Assert.That(MerkleTree.EmptyRoot, Is.EqualTo(Hex(vectors.RootElement, "empty_root")));
        Assert.That(roots, Is.EqualTo(vectors.RootElement.GetProperty("roots").EnumerateArray().Select(r => Hex(r, "root"))));
    }

    [TestCaseSource(nameof(Files))]
    public void Should_make_and_accept_every_proof(string file)
    {
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(file));
        var (leaves, roots, stored) = Tree(vectors.RootElement);

        foreach (var proof in vectors.RootElement.GetProperty("inclusion").EnumerateArray())
        {
            var (index, size, path) = (proof.GetProperty("leaf_index").GetInt64(), proof.GetProperty("tree_size").GetInt64(), Path_(proof));
            Assert.That(ProofPlan.Inclusion(index, size).Path(stored), Is.EqualTo(path), $"{index} in {size}");
            Assert.That(MerkleTree.Includes(index, size, leaves[(int)index], path, roots[(int)size]), $"{index} in {size}");
        }
        foreach (var proof in vectors.RootElement.GetProperty("consistency").EnumerateArray())
        {
            var (first, second, path) = (proof.GetProperty("first").GetInt64(), proof.GetProperty("second").GetInt64(), Path_(proof));
            Assert.That(ProofPlan.Consistency(first, second).Path(stored), Is.EqualTo(path), $"{first} to {second}");
            Assert.That(MerkleTree.Extends(first, second, roots[(int)first], roots[(int)second], path), $"{first} to {second}");
        }
    }

    [TestCaseSource(nameof(Files))]
    public void Should_refuse_every_faulty_proof(string file)
    {
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(file));

        foreach (var bad in vectors.RootElement.GetProperty("invalid_inclusion").EnumerateArray())
            Assert.That(
                MerkleTree.Includes(bad.GetProperty("leaf_index").GetInt64(), bad.GetProperty("tree_size").GetInt64(), Hex(bad, "leaf_hash"), Path_(bad), Hex(bad, "root")),
                Is.False, bad.ToString());
        foreach (var bad in vectors.RootElement.GetProperty("invalid_consistency").EnumerateArray())
            Assert.That(
                MerkleTree.Extends(bad.GetProperty("first").GetInt64(), bad.GetProperty("second").GetInt64(), Hex(bad, "first_root"), Hex(bad, "second_root"), Path_(bad)),
                Is.False, bad.ToString());
    }

    static (List<byte[]> Leaves, List<byte[]> Roots, Dictionary<SubtreeRoot, byte[]> Stored) Tree(JsonElement vectors)
    {
        var (leaves, roots, stored, tree) = (new List<byte[]>(), new List<byte[]> { MerkleTree.EmptyRoot }, new Dictionary<SubtreeRoot, byte[]>(), new Frontier());
        foreach (var leaf in vectors.GetProperty("leaves").EnumerateArray())
        {
            leaves.Add(Hex(leaf, "leaf_hash"));
            stored[new SubtreeRoot(0, tree.Size)] = leaves[^1];
            tree.Append(leaves[^1], (subtree, hash) => stored[subtree] = hash);
            roots.Add(tree.Root());
        }
        return (leaves, roots, stored);
    }

    static byte[] Hex(JsonElement element, string member) => Convert.FromHexString(element.GetProperty(member).GetString()!);

    static List<byte[]> Path_(JsonElement element) => [.. element.GetProperty("path").EnumerateArray().Select(h => Convert.FromHexString(h.GetString()!))];
}
