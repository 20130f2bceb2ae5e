using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>The newest checkpoint of this party's log with a quorum of cosignatures: it goes into every receipt.</summary>
public sealed class CosignedHead(Party party, Envelope envelope)
{
    /// <summary>So many in one question; the first is nearly always the one.</summary>
    const int AtOnce = 10;

    /// <summary>The signed note with its cosignatures; null before the first.</summary>
    public string? Note { get; private set; }

    public async Task RefreshAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel) =>
        Note = envelope.Directory.PolicyOf(party.Name) is { } policy && await FindAsync(connection, policy, now, cancel) is { } note ? note.ToString() : Note;

    /// <summary>The newest that the policy is content with, however many since then nobody cosigned; null where there is none.</summary>
    /// <param name="epoch">Of that log only; null = of whichever is the newest.</param>
    public static async Task<SignedNote?> FindAsync(NpgsqlConnection connection, WitnessPolicy policy, DateTimeOffset now, CancellationToken cancel, int? epoch = null)
    {
        foreach (var one in epoch is { } given ? [given] : await EpochsAsync(connection, cancel))
            if (await FindInAsync(connection, policy, one, now, cancel) is { } note)
                return note;
        return null;
    }

    static async Task<SignedNote?> FindInAsync(NpgsqlConnection connection, WitnessPolicy policy, int epoch, DateTimeOffset now, CancellationToken cancel)
    {
        var below = long.MaxValue;
        while (true)
        {
            var found = await CosignedAsync(connection, policy, epoch, below, cancel);
            foreach (var (_, text) in found)
                if (SignedNote.TryParse(text) is { } note && policy.IsCosigned(note, now))
                    return note;
            if (found.Count < AtOnce)
                return null;
            below = found[^1].Size;
        }
    }

    /// <summary>
    /// Checkpoints with as many cosignatures as are needed, newest first. None is newer than the newest of the witness that makes the
    /// quorum full: from there the index is walked down.
    /// </summary>
    static async Task<List<(long Size, string Note)>> CosignedAsync(NpgsqlConnection connection, WitnessPolicy policy, int epoch, long below, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            with newest as (
              select (select c.size from audit.cosignatures c where c.epoch = $1 and c.witness = w.witness and c.size < $3 order by c.size desc limit 1) as size
              from unnest($2) as w(witness)),
            quorum as (
              select s.size from audit.cosignatures s
              where s.epoch = $1 and s.size <= (select size from newest where size is not null order by size desc offset $4 - 1 limit 1)
              group by s.size having count(distinct s.witness) >= $4 order by s.size desc limit {AtOnce})
            select q.size, c.note || string_agg(s.line, '' order by s.witness) from quorum q
            cross join lateral (select note from audit.checkpoints where epoch = $1 and size = q.size order by id desc limit 1) c
            cross join lateral (select distinct on (witness) witness, line from audit.cosignatures where epoch = $1 and size = q.size order by witness, at desc) s
            group by q.size, c.note order by q.size desc
            """, connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        command.Parameters.Add(Sql.Parameter(policy.Witnesses.Select(w => w.Name).Distinct().ToArray()));
        command.Parameters.Add(Sql.Parameter(below));
        command.Parameters.Add(Sql.Parameter((long)Math.Max(policy.Needed, 1)));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<(long, string)>();
        while (await reader.ReadAsync(cancel))
            found.Add((reader.GetInt64(0), reader.GetString(1)));
        return found;
    }

    static async Task<int[]> EpochsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select array(select epoch from audit.epochs order by epoch desc)", connection);
        return (int[])(await command.ExecuteScalarAsync(cancel))!;
    }
}
