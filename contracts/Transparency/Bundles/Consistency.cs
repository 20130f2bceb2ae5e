namespace Hotline.Transparency;

/// <summary>Whether two signed heads of one log can both be true.</summary>
public static class Consistency
{
    /// <summary>The codes of a <see cref="Proof.CannotDecide"/> and of a <see cref="Proof.Tampered"/>; null where all is sound.</summary>
    /// <param name="proof">Consistency from the smaller to the greater; null where there is none at hand.</param>
    public static (Proof Proof, string? Code) Check(string first, string second, WitnessPolicy policy, IReadOnlyList<byte[]>? proof)
    {
        if (Checkpoint.TryRead(first) is not var (a, aNote) || Checkpoint.TryRead(second) is not var (b, bNote))
            return (Proof.CannotDecide, "checkpoint.unreadable");
        if (!policy.IsSigned(aNote) || !policy.IsSigned(bNote))
            return (Proof.CannotDecide, "checkpoint.not-signed");
        if (a.Origin != b.Origin)
            return (Proof.CannotDecide, "checkpoint.other-log");
        if (a.Size > b.Size)
            (a, b) = (b, a);
        if (a.Size == b.Size)
            return a == b ? (Proof.Sound, null) : (Proof.Tampered, WitnessRules.Fork);
        if (proof is null)
            return (Proof.CannotDecide, "checkpoint.no-proof");
        return MerkleTree.Extends(a.Size, b.Size, a.Root, b.Root, proof) ? (Proof.Sound, null) : (Proof.Tampered, WitnessRules.Inconsistent);
    }
}
