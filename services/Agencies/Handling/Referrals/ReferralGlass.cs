using Hotline.Console.Glass;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>A broken glass at an agency is about a referral; the hotline, whose case it is, is told at once.</summary>
public sealed class ReferralGlass(Post post, DataKeys keys)
{
    public static GlassPlace Place { get; } = new(
        "/inbox", "/file", "select reference from referrals where id = g.subject", "designation.missing", [Roles.DutyOfficer, Roles.FocalPoint], [Roles.FocalPoint]);

    public GlassSubjects Subjects => new(ExistsAsync, TellAsync);

    static async Task<bool> ExistsAsync(NpgsqlConnection connection, Guid referral, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select exists (select from referrals where id = $1 and reference is not null)", connection);
        command.Parameters.Add(Sql.Parameter(referral));
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    async Task<IReadOnlyList<NpgsqlBatchCommand>> TellAsync(NpgsqlConnection connection, OpenedGlass glass, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"select {ReferralRow.Columns} from referrals where id = $1 for update", connection);
        command.Parameters.Add(Sql.Parameter(glass.Subject));
        ReferralRow row;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            await reader.ReadAsync(cancel);
            row = ReferralRow.Read(reader);
        }
        var commands = new List<NpgsqlBatchCommand>();
        glass.Tell(row, await keys.GetAsync(row.KeyId, cancel), post, commands);
        return commands;
    }
}
