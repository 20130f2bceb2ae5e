using Hotline.Hosting.Shredding;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary>
/// What shredding means for a case: its own key, under which everything that was sent or received is sealed, and the keys of
/// those of its calls that no other case holds.
/// </summary>
public static class CaseShredding
{
    public static ShreddedSubjects Subjects { get; } = new() { Keys = KeysAsync, Wipe = Wipe, Code = CodeAsync, Forgotten = ForgottenAsync, Due = DueAsync };

    static async Task<SubjectKeys?> KeysAsync(NpgsqlConnection connection, Guid caseId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with held as (select id, key_id from cases where id = $1 and shredded_at is null for update)
            select held.key_id, array(
              select c.key_id from case_calls cc join calls c on c.id = cc.call_id
              where cc.case_id = held.id and not exists (
                select from case_calls o join cases oc on oc.id = o.case_id where o.call_id = cc.call_id and o.case_id <> held.id and oc.shredded_at is null)),
              exists (select from referrals where case_id = held.id and is_open)
            from held
            """, connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new SubjectKeys([reader.GetGuid(0), .. reader.GetFieldValue<Guid[]>(1)], reader.GetBoolean(2)) : null;
    }

    /// <param name="subject">A case, or a call that no case holds.</param>
    static IEnumerable<NpgsqlBatchCommand> Wipe(Guid subject, Guid[] keys) =>
    [
        Sql.Command("delete from call_terms where call_id in (select id from calls where key_id = any($1))", keys),
        Sql.Command("update calls set caller_index = null, caller_number = null, shredded_at = hotline_now(), version = version + 1 where key_id = any($1)", keys),
        Sql.Command("update cases set shredded_at = hotline_now(), version = version + 1 where id = $1", subject),
        Sql.Command("update sent_messages set withdrawn_at = hotline_now(), next_send_at = null where key_id = any($1) and receipted_at is null and withdrawn_at is null", keys),
    ];

    static async Task<string?> CodeAsync(NpgsqlConnection connection, Guid subject, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select code from cases where id = $1 union all select reference from calls where id = $1", connection);
        command.Parameters.Add(Sql.Parameter(subject));
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    static async Task<IReadOnlyList<Guid>> ForgottenAsync(NpgsqlConnection connection, Guid[] subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select array(select id from cases where id = any($1) and shredded_at is null union all select id from calls where id = any($1) and shredded_at is null)
            """, connection);
        command.Parameters.Add(Sql.Parameter(subjects));
        return (Guid[])(await command.ExecuteScalarAsync(cancel))!;
    }

    static async Task<IReadOnlyList<DueSubject>> DueAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            (select c.id, c.reference, r.record_kind, r.action, array[c.key_id] from calls c join retention_rules r on r.record_kind = 'call-without-case'
             where c.shredded_at is null and c.created_at < hotline_now() - r.keep_for and not exists (select from case_calls where call_id = c.id)
             order by c.created_at limit 100)
            union all
            (select s.id, s.code, r.record_kind, r.action, array[]::uuid[] from cases s join retention_rules r on r.record_kind = 'case'
             where s.shredded_at is null and s.created_at < hotline_now() - r.keep_for
               and not exists (select from referrals where case_id = s.id and is_open)
               and not exists (select from case_calls cc join calls c on c.id = cc.call_id where cc.case_id = s.id and c.created_at >= hotline_now() - r.keep_for)
             order by s.created_at limit 100)
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<DueSubject>();
        while (await reader.ReadAsync(cancel))
            due.Add(new DueSubject(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<Guid[]>(4)));
        return due;
    }
}
