using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// Tells records whose key was shredded from those whose key is not there for another reason. That a key is not there proves
/// nothing: whoever changes a record can name one that never was. The key store must have its tombstone, for the case or
/// referral that the record is about, and the log the record of that destruction.
/// </summary>
sealed class ShreddedRecords(NpgsqlDataSource database, DataKeys keys, AuditLeaf leaves)
{
    readonly HashSet<Guid> unrecorded = [];

    /// <summary>Cases and referrals that have a tombstone and no record of it in the log: between the two lies a moment.</summary>
    public IReadOnlyCollection<Guid> Unrecorded => unrecorded;

    /// <param name="records">By number; null where there is none.</param>
    /// <param name="salts">Of their keys; null = the key is not there.</param>
    /// <returns>Numbers of those whose key was shredded.</returns>
    public async Task<HashSet<long>> OfAsync(IEnumerable<(long Id, AuditRecord? Record)> records, Dictionary<Guid, byte[]?> salts, CancellationToken cancel)
    {
        var shredded = new HashSet<long>();
        var absent = salts.Where(s => s.Value is null).Select(s => s.Key).ToArray();
        if (absent.Length == 0)
            return shredded;
        var tombstones = await keys.DestroyedAsync(absent, cancel);
        // The leaves are still being read on another connection.
        await using var connection = await database.OpenConnectionAsync(cancel);
        var told = records.Where(r => r.Record is { Key: { } key, Referral: not null } && tombstones.ContainsKey(key)).ToList();
        var referrals = await ReferralsAsync(connection, [.. told.Select(r => r.Record!.Referral!.Value).Distinct()], cancel);
        foreach (var (id, record) in told)
            if (referrals.TryGetValue(record!.Referral!.Value, out var of) && of.Key == record.Key && (tombstones[of.Key] == record.Referral || tombstones[of.Key] == of.Case))
                shredded.Add(id);
        var recorded = await RecordedAsync(connection, [.. tombstones.Values.Distinct().Select(leaves.Subject)], cancel);
        unrecorded.UnionWith(tombstones.Values.Where(subject => !recorded.Contains(leaves.Subject(subject))));
        return shredded;
    }

    /// <summary>The key of each referral, and its case: only the hub's rows have one.</summary>
    static async Task<Dictionary<Guid, (Guid Key, Guid? Case)>> ReferralsAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select id, key_id, (to_jsonb(r) ->> 'case_id')::uuid from referrals r where id = any($1)", connection);
        command.Parameters.Add(Sql.Parameter(ids));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var referrals = new Dictionary<Guid, (Guid, Guid?)>();
        while (await reader.ReadAsync(cancel))
            referrals[reader.GetGuid(0)] = (reader.GetGuid(1), reader.Maybe<Guid?>(2));
        return referrals;
    }

    static async Task<HashSet<string>> RecordedAsync(NpgsqlConnection connection, string[] subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select subject from audit.leaves where subject = any($1) and kind like '%.shredded'", connection);
        command.Parameters.Add(Sql.Parameter(subjects));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var recorded = new HashSet<string>();
        while (await reader.ReadAsync(cancel))
            recorded.Add(reader.GetString(0));
        return recorded;
    }
}
