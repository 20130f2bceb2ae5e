using Hotline.Hosting.Storage;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// What a witness remembers of a log. A person enrols a log, once, before its first checkpoint, or anew where the memory was
/// lost: then from a checkpoint that the person has compared with the other witnesses'.
/// </summary>
public static class Enrolment
{
    /// <param name="enrolledBy">Who; null for what the witness cosigned itself.</param>
    public static NpgsqlBatchCommand Head(Checkpoint head, string note, DateTimeOffset at, string? enrolledBy) => Sql.Command(
        "insert into audit.witness_heads (origin, size, root, note, at, enrolled_by) values ($1, $2, $3, $4, $5, $6)",
        head.Origin, head.Size, head.Root, note, at, enrolledBy);

    /// <summary>A log that has no checkpoint yet.</summary>
    public static NpgsqlBatchCommand New(string origin, DateTimeOffset at, string enrolledBy) =>
        Head(new Checkpoint(origin, 0, MerkleTree.EmptyRoot), string.Empty, at, enrolledBy);
}

/// <summary>Proof that a log has signed what cannot be true: both signed heads.</summary>
public static class Evidence
{
    public static NpgsqlBatchCommand Keep(string party, string witness, string code, string held, string presented, DateTimeOffset at) => Sql.Command(
        "insert into audit.evidence (id, at, party, witness, code, held, presented) values ($1, $2, $3, $4, $5, $6, $7)",
        Guid.CreateVersion7(at), at, party, witness, code, held, presented);
}
