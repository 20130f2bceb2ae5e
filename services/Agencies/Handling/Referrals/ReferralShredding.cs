using Hotline.Hosting.Shredding;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>What shredding means at an agency: the one key that everything of a referral is sealed under.</summary>
public static class ReferralShredding
{
    public static ShreddedSubjects Subjects { get; } = new() { Keys = KeysAsync, Wipe = Wipe, Code = CodeAsync, Forgotten = ForgottenAsync, Due = DueAsync };

    static async Task<SubjectKeys?> KeysAsync(NpgsqlConnection connection, Guid referral, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select key_id, is_open from referrals where id = $1 and shredded_at is null for update", connection);
        command.Parameters.Add(Sql.Parameter(referral));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new SubjectKeys([reader.GetGuid(0)], reader.GetBoolean(1)) : null;
    }

    static IEnumerable<NpgsqlBatchCommand> Wipe(Guid referral, Guid[] keys) =>
    [
        Sql.Command("update referrals set shredded_at = hotline_now(), version = version + 1 where id = $1", referral),
        Sql.Command("update sent_messages set withdrawn_at = hotline_now(), next_send_at = null where key_id = any($1) and receipted_at is null and withdrawn_at is null", keys),
    ];

    static async Task<string?> CodeAsync(NpgsqlConnection connection, Guid referral, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select reference from referrals where id = $1", connection);
        command.Parameters.Add(Sql.Parameter(referral));
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    static async Task<IReadOnlyList<Guid>> ForgottenAsync(NpgsqlConnection connection, Guid[] subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select array(select id from referrals where id = any($1) and shredded_at is null)", connection);
        command.Parameters.Add(Sql.Parameter(subjects));
        return (Guid[])(await command.ExecuteScalarAsync(cancel))!;
    }

    static async Task<IReadOnlyList<DueSubject>> DueAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select f.id, coalesce(f.reference, f.id::text), r.record_kind, r.action from referrals f join retention_rules r on r.record_kind = 'referral'
            where f.shredded_at is null and f.state in ('declined', 'closed', 'revoked') and f.received_at < hotline_now() - r.keep_for
            order by f.received_at limit 100
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<DueSubject>();
        while (await reader.ReadAsync(cancel))
            due.Add(new DueSubject(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), []));
        return due;
    }
}
