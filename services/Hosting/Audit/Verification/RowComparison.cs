using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// What stands beside the log, held against it: records without a leaf, lines of history without a record, rows that are
/// not where their history ends. Nothing of it is in memory: the database compares, and names the first twenty.
/// </summary>
/// <param name="connection">In the transaction in which the leaves were read.</param>
sealed class RowComparison(NpgsqlConnection connection, Findings findings)
{
    /// <param name="through">No record up to this one can still come.</param>
    /// <returns>How many later records wait for their leaf.</returns>
    public async Task<long> RunAsync(long through, CancellationToken cancel)
    {
        var waiting = await WaitingAsync(through, cancel);
        await CompareAsync(cancel);
        return waiting;
    }

    /// <summary>Records that have no leaf: late, or taken out of the log.</summary>
    async Task<long> WaitingAsync(long through, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select count(*) filter (where r.id > $1), count(*) filter (where r.id <= $1), min(r.id) filter (where r.id <= $1)
            from audit.records r where not exists (select from audit.leaves l where l.record_id = r.id)
            """, connection)
        { CommandTimeout = 0 };
        command.Parameters.Add(Sql.Parameter(through));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (reader.GetInt64(1) > 0)
            findings.Add("record.without-leaf", reader.GetInt64(2));
        return reader.GetInt64(0);
    }

    /// <summary>Every line of history has its record, and every referral stands where its history ends. Probes are nobody's case and have none.</summary>
    async Task CompareAsync(CancellationToken cancel)
    {
        await FindAsync("history.without-record",
            "select h.id::text from referral_history h where not exists (select from audit.records r where r.history_id = h.id) limit 20", cancel);
        await FindAsync("referral.changed",
            """
            select r.id::text from referrals r
            left join (select distinct on (referral_id) referral_id, state from referral_history order by referral_id, id desc) h on h.referral_id = r.id
            where h.state is distinct from r.state and not (r.class = 'probe' and h.referral_id is null) limit 20
            """, cancel);
        await FindAsync("referral.missing",
            "select distinct h.referral_id::text from referral_history h where not exists (select from referrals r where r.id = h.referral_id) limit 20", cancel);
    }

    async Task FindAsync(string code, string query, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            findings.Add(code, reader.GetString(0));
    }
}
