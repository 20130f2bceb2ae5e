using Hotline.Transparency;

namespace Hotline.Hosting.Audit;

/// <summary>Holds a growing tree against what was signed of it, in the order of sizes.</summary>
sealed class AnchorWalk
{
    readonly List<Anchor> bySize;
    readonly List<Anchor> dated;
    readonly Findings findings;
    readonly TimeSpan slack;
    int next;
    int nextDated;

    public AnchorWalk(IEnumerable<Anchor> anchors, Findings findings, TimeSpan slack)
    {
        bySize = [.. anchors.OrderBy(a => a.Size)];
        dated = [.. bySize.Where(a => a.SignedAt is not null).OrderBy(a => a.Size).ThenBy(a => a.SignedAt)];
        (this.findings, this.slack) = (findings, slack);
    }

    /// <summary>Signed heads that the tree agrees with.</summary>
    public long Agreed { get; private set; }

    public void Check(Frontier tree)
    {
        byte[]? root = null;
        for (; next < bySize.Count && bySize[next].Size == tree.Size; next++)
        {
            if (bySize[next].Root.AsSpan().SequenceEqual(root ??= tree.Root()))
                Agreed++;
            else
                findings.Add("log.other-than-signed", $"{bySize[next].Origin} {tree.Size} ({bySize[next].From})");
        }
    }

    /// <summary>A leaf is not older than the checkpoint before it, and not younger than the one after it.</summary>
    public void Date(DateTimeOffset at, long index)
    {
        while (nextDated < dated.Count && dated[nextDated].Size <= index)
            nextDated++;
        if (nextDated > 0 && at < dated[nextDated - 1].SignedAt - slack || nextDated < dated.Count && at > dated[nextDated].SignedAt + slack)
            findings.Add("leaf.wrong-time", index);
    }

    public void End(Frontier tree)
    {
        if (next < bySize.Count)
            findings.Add("log.cut", $"{bySize[^1].Origin} {tree.Size} of {bySize[^1].Size} ({bySize[^1].From})");
    }
}
