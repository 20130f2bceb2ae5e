using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary>Which records are about a case: its own, those of its calls and of its referrals.</summary>
public static class CaseSubjects
{
    /// <param name="code"><c>MBN-2026-000001</c>, or the reference of a referral or a call of the case.</param>
    /// <returns>Null where there is no such case.</returns>
    public static async Task<BundleSubject?> FindAsync(NpgsqlConnection connection, string code, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with found as (
              select id, code from cases where code = $1
              union select c.id, c.code from cases c join referrals r on r.case_id = c.id where r.reference = $1
              union select c.id, c.code from cases c join case_calls cc on cc.case_id = c.id join calls k on k.id = cc.call_id where k.reference = $1
              limit 1)
            select code, id from found
            union all select f.code, r.id from found f join referrals r on r.case_id = f.id
            union all select f.code, cc.call_id from found f join case_calls cc on cc.case_id = f.id
            """, connection);
        command.Parameters.Add(Sql.Parameter(code));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        string? found = null;
        var subjects = new List<Guid>();
        while (await reader.ReadAsync(cancel))
        {
            found = reader.GetString(0);
            subjects.Add(reader.GetGuid(1));
        }
        return found is null ? null : new BundleSubject(found, subjects);
    }
}
