using Hotline.Console.Glass;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary>A broken glass at the hub is about a case; the agencies that hold it are told at once.</summary>
public sealed class CaseGlass(Post post, DataKeys keys)
{
    public static GlassPlace Place { get; } = new(
        "/cases", string.Empty, "select code from cases where id = g.subject", "access.denied", [Roles.Operator, Roles.Supervisor], [Roles.Supervisor]);

    public GlassSubjects Subjects => new(ExistsAsync, TellAsync);

    static async Task<bool> ExistsAsync(NpgsqlConnection connection, Guid caseId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select exists (select from cases where id = $1)", connection);
        command.Parameters.Add(Sql.Parameter(caseId));
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    async Task<IReadOnlyList<NpgsqlBatchCommand>> TellAsync(NpgsqlConnection connection, OpenedGlass glass, CancellationToken cancel)
    {
        var rows = new List<ReferralRow>();
        await using (var command = new NpgsqlCommand(
            $"select {ReferralRow.Columns} from referrals where case_id = $1 and delivered_at is not null order by id for update", connection))
        {
            command.Parameters.Add(Sql.Parameter(glass.Subject));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                rows.Add(ReferralRow.Read(reader));
        }
        var commands = new List<NpgsqlBatchCommand>();
        foreach (var row in rows)
            glass.Tell(row, await keys.GetAsync(row.KeyId, cancel), post, commands);
        return commands;
    }
}
