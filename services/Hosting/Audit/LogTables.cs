using Hotline.Hosting.Storage;
using Hotline.Transparency;
using Npgsql;
using NpgsqlTypes;

namespace Hotline.Hosting.Audit;

/// <summary>Reads the stored tree. A proof is one query of some dozens of rows, whatever the size of the log.</summary>
public static class LogTables
{
    /// <summary>The epoch that is written to, and how many leaves it has.</summary>
    public static async Task<(int Epoch, long Size)> HeadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select e.epoch, coalesce((select l.index + 1 from audit.leaves l where l.epoch = e.epoch order by l.index desc limit 1), 0)
            from audit.epochs e order by e.epoch desc limit 1
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetInt32(0), reader.GetInt64(1));
    }

    /// <exception cref="LogDamagedException">A stored hash is missing.</exception>
    public static async Task<Frontier> FrontierAsync(NpgsqlConnection connection, int epoch, long size, CancellationToken cancel)
    {
        var cover = ProofPlan.Cover(size);
        var stored = await RootsAsync(connection, epoch, cover, cancel);
        return Frontier.From(size, cover.Select(s => stored[s]));
    }

    /// <exception cref="LogDamagedException">A stored hash is missing.</exception>
    public static async Task<IReadOnlyList<byte[]>> ProofAsync(NpgsqlConnection connection, int epoch, ProofPlan plan, CancellationToken cancel) =>
        plan.Path(await RootsAsync(connection, epoch, [.. plan.Needs], cancel));

    static async Task<Dictionary<SubtreeRoot, byte[]>> RootsAsync(NpgsqlConnection connection, int epoch, IReadOnlyList<SubtreeRoot> wanted, CancellationToken cancel)
    {
        var found = new Dictionary<SubtreeRoot, byte[]>(wanted.Count);
        if (wanted.Count == 0)
            return found;
        await using var command = new NpgsqlCommand(
            """
            select 0::smallint, index, hash from audit.leaves where epoch = $1 and index = any($2)
            union all
            -- One by one: where statistics are old the planner would rather read all nodes of the epoch.
            select w.level, w.index, n.hash from unnest($3, $4) as w(level, index)
            cross join lateral (select hash from audit.nodes where epoch = $1 and level = w.level and index = w.index limit 1) n
            """, connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. wanted.Where(w => w.Level == 0).Select(w => w.Index)] });
        command.Parameters.Add(new NpgsqlParameter { Value = wanted.Where(w => w.Level > 0).Select(w => (short)w.Level).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. wanted.Where(w => w.Level > 0).Select(w => w.Index)] });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            found[new SubtreeRoot(reader.GetInt16(0), reader.GetInt64(1))] = reader.GetFieldValue<byte[]>(2);
        return found.Count == wanted.Count ? found : throw new LogDamagedException("A hash of the log is missing.");
    }
}

/// <summary>The log's tables are not what this program has written to them.</summary>
public sealed class LogDamagedException(string what) : Exception(what);
