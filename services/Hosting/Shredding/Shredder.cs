using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Hosting.Shredding;

/// <summary>
/// Destroys. Purpose: what a case says becomes unreadable in the database and in every backup of it. Must stay true: what is
/// destroyed was approved by two persons and written down first, and the record that it is gone is written only when it is;
/// a crash in between is finished by <see cref="ShredRounds"/>.
/// </summary>
public sealed class Shredder(NpgsqlDataSource database, DataKeys keys, ShreddedSubjects subjects, Party party, DatabaseClock clock)
{
    /// <summary>Finishes every approved shredding.</summary>
    public async Task FinishAsync(CancellationToken cancel)
    {
        foreach (var (id, subject, keyIds, by) in await ApprovedAsync(cancel))
        {
            await keys.DestroyAsync(subject, keyIds, cancel);
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in await WipingAsync(connection, subjects, party, subject, keyIds, by, await clock.NowAsync(cancel), cancel))
                batch.BatchCommands.Add(command);
            batch.BatchCommands.Add(Sql.Command("update shreddings set done_at = hotline_now() where id = $1 and done_at is null", id));
            await batch.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>Wipes again what a restored database has forgotten to be shredded. Its keys are gone; its blind indexes came back.</summary>
    /// <param name="connection">Of the owner, in the transaction that declares the database restored.</param>
    /// <returns>How many subjects it was.</returns>
    public static async Task<int> WipeAgainAsync(
        NpgsqlConnection connection, ShreddedSubjects subjects, Party party, IReadOnlyList<DestroyedKeys> destroyed, string by, DateTimeOffset now, CancellationToken cancel)
    {
        var forgotten = await subjects.Forgotten(connection, [.. destroyed.Select(d => d.Subject)], cancel);
        foreach (var (subject, keyIds) in destroyed.Where(d => forgotten.Contains(d.Subject)))
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in await WipingAsync(connection, subjects, party, subject, keyIds, by, now, cancel))
                batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancel);
        }
        return forgotten.Count;
    }

    /// <summary>The record names the case by its code, so that a certificate can show whose destruction it is.</summary>
    static async Task<IEnumerable<NpgsqlBatchCommand>> WipingAsync(
        NpgsqlConnection connection, ShreddedSubjects subjects, Party party, Guid subject, Guid[] keyIds, string by, DateTimeOffset now, CancellationToken cancel) =>
    [
        .. subjects.Wipe(subject, keyIds),
        AuditRecord.About(party, subject, party.IsHub ? "case.shredded" : "referral.shredded", by, now, await subjects.Code(connection, subject, cancel)).Insert(),
    ];

    /// <summary>Destroys what needs nobody's approval when its retention is over.</summary>
    public async Task ShredDueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        foreach (var due in (await subjects.Due(connection, cancel)).Where(d => d.Action == "shred"))
        {
            await keys.DestroyAsync(due.Subject, due.Keys, cancel);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var command in subjects.Wipe(due.Subject, due.Keys))
                batch.BatchCommands.Add(command);
            batch.BatchCommands.Add(new AuditRecord
            {
                Kind = "record.shredded",
                At = await clock.NowAsync(cancel),
                Actor = "retention",
                Call = due.Subject,
                Code = due.RecordKind,
            }.Insert());
            await batch.ExecuteNonQueryAsync(cancel);
        }
    }

    async Task<List<(Guid Id, Guid Subject, Guid[] Keys, string By)>> ApprovedAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select s.id, s.subject, s.key_ids, a.alias from shreddings s join accounts a on a.id = s.approved_by where s.done_at is null order by s.approved_at");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var approved = new List<(Guid, Guid, Guid[], string)>();
        while (await reader.ReadAsync(cancel))
            approved.Add((reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<Guid[]>(2), reader.GetString(3)));
        return approved;
    }
}
