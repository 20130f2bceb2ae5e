using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Cases;

/// <summary>A broken glass at the hub is about a case; the agencies that hold it are told at once.</summary>
public sealed class CaseGlass(Post post, DataKeys keys)
{
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
        {
            var key = await keys.GetAsync(row.KeyId, cancel);
            var (jti, sha256) = post.Write(row, key, Kinds.NoteAdded, new NoteAdded(glass.Text, new Officer(glass.By, null, null, null), glass.At), glass.At, commands);
            commands.Add(row.History("break-glass.opened", glass.By, glass.At, jti, new AuditRecord { Kind = Kinds.NoteAdded, At = glass.At, Actor = glass.By, Sha256 = Digest.Text(sha256) }));
            commands.Add(row.Save());
        }
        return commands;
    }
}
