using Hotline.Hosting.Storage;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>What a log must agree with: a size and a root that it has signed, with the time where it is known.</summary>
/// <param name="From">Who holds it: the party itself, or a witness.</param>
sealed record Anchor(string Origin, long Size, byte[] Root, DateTimeOffset? SignedAt, string From);

/// <summary>Gathers them: the log's own checkpoints, and what its witnesses hold. The latter are out of the reach of whoever changed the log.</summary>
static class Anchors
{
    /// <summary>The log's own checkpoints in the order of signing. A bad signature is a finding.</summary>
    public static async Task<List<Anchor>> OwnAsync(NpgsqlConnection connection, WitnessPolicy policy, string party, Findings findings, CancellationToken cancel)
    {
        var anchors = new List<Anchor>();
        await using var command = new NpgsqlCommand("select id, epoch, note, signed_at, size, root from audit.checkpoints order by id", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        (int Epoch, long Size, DateTimeOffset At) last = (0, 0, DateTimeOffset.MinValue);
        while (await reader.ReadAsync(cancel))
        {
            var (epoch, at) = (reader.GetInt32(1), reader.Time(3));
            if (Checkpoint.TryRead(reader.GetString(2)) is not var (head, note) || !policy.IsSigned(note) || head.Origin != $"{party}/{epoch}"
                || head.Size != reader.GetInt64(4) || !head.Root.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(5)))
            {
                findings.Add("checkpoint.not-signed", reader.GetInt64(0));
                continue;
            }
            if (epoch < last.Epoch || epoch == last.Epoch && head.Size < last.Size || at < last.At)
                findings.Add("checkpoint.out-of-order", reader.GetInt64(0));
            last = (epoch, head.Size, at);
            anchors.Add(new Anchor(head.Origin, head.Size, head.Root, at, party));
        }
        return anchors;
    }

    /// <summary>What a witness remembers of the log. Only what the log has signed counts, so a witness cannot accuse it falsely.</summary>
    public static async Task<List<Anchor>> OfWitnessAsync(NpgsqlConnection witness, string name, WitnessPolicy policy, string party, CancellationToken cancel)
    {
        var anchors = new List<Anchor>();
        await using var command = new NpgsqlCommand(
            """
            select note from audit.witness_heads where split_part(origin, '/', 1) = $1 and note <> '' union
            select note from audit.seen_heads where split_part(origin, '/', 1) = $1
            """, witness);
        command.Parameters.Add(Sql.Parameter(party));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            if (Checkpoint.TryRead(reader.GetString(0)) is var (head, note) && policy.IsSigned(note))
                anchors.Add(new Anchor(head.Origin, head.Size, head.Root, null, name));
        return anchors;
    }
}
