using Hotline.Hosting.Accounts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary><c>GET /api/v1/audit/status</c>: how far the log and its witnesses are, and since when they are behind. Work never waits for them.</summary>
public static class AuditStatus
{
    /// <param name="Waiting">Records without a place in the log yet.</param>
    /// <param name="BehindSince">When the oldest of them was written; null while the log is at most ten seconds behind. UTC.</param>
    /// <param name="CheckpointAt">When the last checkpoint was signed, UTC.</param>
    /// <param name="CosignedSize">Of the newest checkpoint with a quorum of cosignatures.</param>
    /// <param name="Evidence">Contradictions that were found, in this log or in one that this party witnesses.</param>
    public sealed record Answer(
        string Origin, long Size, long Waiting, DateTimeOffset? BehindSince, DateTimeOffset? CheckpointAt, long CheckpointSize, long CosignedSize, int Quorum,
        IReadOnlyList<WitnessItem> Witnesses, long Evidence);

    /// <param name="Size">Up to where this witness has cosigned; null before the first.</param>
    public sealed record WitnessItem(string Party, long? Size, DateTimeOffset? At);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/audit/status", HandleAsync).RequireRole(Roles.Administrator, Roles.Supervisor).Produces<Answer>();

    static async Task<IResult> HandleAsync(StatusReader reader, CancellationToken cancel) => Results.Ok(await reader.ReadAsync(cancel));
}

/// <summary>Reads how far the log and its witnesses are.</summary>
public sealed class StatusReader(NpgsqlDataSource database, Party party, Envelope envelope, CosignedHead cosigned, Sequencer sequencer, DatabaseClock clock)
{
    static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    public async Task<AuditStatus.Answer> ReadAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var now = await clock.NowAsync(cancel);
        var (epoch, size) = await LogTables.HeadAsync(connection, cancel);
        var last = await Checkpoints.LastAsync(connection, cancel);
        var (waiting, oldest, evidence) = await WaitingAsync(connection, sequencer.SequencedThrough, cancel);
        var head = cosigned.Note is { } note ? Checkpoint.TryRead(note)?.Checkpoint : null;
        return new AuditStatus.Answer(
            $"{party.Name}/{epoch}", size, waiting, oldest < now - Late ? oldest : null, last?.At, last?.Head.Size ?? 0, head?.Size ?? 0,
            envelope.Directory.PolicyOf(party.Name)?.Needed ?? 0, await WitnessesAsync(connection, epoch, envelope.Directory.WitnessesOf(party.Name), cancel), evidence);
    }

    static async Task<(long Waiting, DateTimeOffset? Oldest, long Evidence)> WaitingAsync(NpgsqlConnection connection, long through, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select count(*), min(r.at), (select count(*) from audit.evidence)
            from audit.records r where r.id > $1 and not exists (select from audit.leaves l where l.record_id = r.id)
            """, connection);
        command.Parameters.Add(Sql.Parameter(Math.Max(through, 0)));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.Time(1), reader.GetInt64(2));
    }

    static async Task<List<AuditStatus.WitnessItem>> WitnessesAsync(NpgsqlConnection connection, int epoch, IReadOnlyList<string> witnesses, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select w.witness, c.size, c.at from unnest($2) as w(witness)
            left join lateral (select size, at from audit.cosignatures where epoch = $1 and witness = w.witness order by size desc, at desc limit 1) c on true
            order by w.witness
            """, connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        command.Parameters.Add(Sql.Parameter(witnesses.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<AuditStatus.WitnessItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new AuditStatus.WitnessItem(reader.GetString(0), reader.Maybe<long?>(1), reader.IsDBNull(2) ? null : reader.Time(2)));
        return items;
    }
}
