using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Probes;

/// <summary>
/// Sends a probe through each agency every five minutes: the whole way of a referral, to a page that nobody gets, and
/// back. Must stay true: a probe that does not come back is seen, because its silence is the one sign that everything
/// else may be silent too. It leaves audit records only when lost, back, and once a day as a count.
/// </summary>
public sealed class ProbeRounds(NpgsqlDataSource database, DataKeys keys, Post post, Envelope envelope, OutboxSignal signal)
{
    /// <summary>A probe is due, or an agency has never had one.</summary>
    public const string DueWhen =
        "exists (select from probes where next_at <= clock.at) or exists (select from agencies a where a.enabled and not exists (select from probes p where p.agency = a.name))";

    public static TimeSpan Every { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Rows and inbox ids go after this long.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromDays(7);

    public async Task SendDueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = await NowAsync(connection, cancel);
        await using var batch = new NpgsqlBatch(connection);
        // An agency that is new has its first probe after a while: it may still be starting.
        batch.BatchCommands.Add(Sql.Command(
            "insert into probes (agency, next_at, counted_on) select name, $1, $2::timestamptz::date from agencies where enabled on conflict do nothing", now + Every, now));
        foreach (var probe in await DueAsync(connection, now, cancel))
            foreach (var command in await NextAsync(probe, now, cancel))
                batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(Sql.Command("select forget_probes($1)", now - Kept));
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        signal.Raise();
    }

    sealed record Due(string Agency, DateTimeOffset? SentAt, DateTimeOffset? AnsweredAt, bool Lost, bool NewDay, int Answered, Guid? KeyId);

    async Task<List<NpgsqlBatchCommand>> NextAsync(Due due, DateTimeOffset now, CancellationToken cancel)
    {
        // Listed and not enrolled yet: nothing can be sealed for it.
        if (envelope.Directory.ActiveKey(due.Agency, KeyUse.Encryption, now) is null)
            return [Sql.Command("update probes set next_at = $2 where agency = $1", due.Agency, now + Every)];
        var key = due.KeyId is { } known ? await keys.GetAsync(known, cancel) : await keys.TakeAsync(cancel);
        var commands = Send(due.Agency, key, now, out var referral);
        // The one before has not come back.
        var lost = due.SentAt is not null && (due.AnsweredAt is null || due.AnsweredAt < due.SentAt);
        if (lost && !due.Lost)
            commands.Add(Record("probe.lost", due.Agency, now));
        if (due.NewDay)
            commands.Add(Record("probe.counted", $"{due.Agency} {due.Answered}", now));
        commands.Add(Sql.Command(
            """
            update probes set referral_id = $2, sent_at = $3, next_at = $4, key_id = $5, lost_since = case when $6 then coalesce(lost_since, sent_at) else lost_since end,
              counted_on = $3::timestamptz::date, answered_count = case when $7 then 0 else answered_count end
            where agency = $1
            """,
            due.Agency, referral, now, now + Every, key.Id, lost, due.NewDay));
        return commands;
    }

    List<NpgsqlBatchCommand> Send(string agency, DataKey key, DateTimeOffset now, out Guid id)
    {
        var row = new ReferralRow
        {
            Id = Guid.CreateVersion7(now),
            KeyId = key.Id,
            Peer = agency,
            Class = MessageClass.Probe,
            State = ReferralState.Queued,
            Version = 1,
            SentEpoch = 0,
            SentSeq = 0,
            PeerEpoch = 0,
            PeerSeq = 0,
            FileVersion = 1,
        };
        id = row.Id;
        var messages = new List<NpgsqlBatchCommand>();
        post.Write(row, key, Kinds.ReferralSent, new ReferralSent
        {
            Reference = $"PROBE-{id.ToString("N")[..12]}",
            CaseCode = "PROBE",
            Urgency = "P0",
            Desk = "central",
            Purpose = "information",
            ReferredAt = now,
            File = new CaseFile { FileVersion = 1, Call = new CallSheet() },
        }, now, messages);
        return
        [
            Sql.Command(
                """
                insert into referrals (id, reference, peer, class, urgency, desk, purpose, key_id, state, sent_epoch, sent_seq, created_by, created_at, watch_due_at)
                values ($1, $2, $3, 'probe', 'P0', 'central', 'information', $4, 'queued', $5, $6, $7, $8, null)
                """,
                id, $"PROBE-{id:N}", agency, key.Id, row.SentEpoch, row.SentSeq, Guid.Empty, now),
            .. messages,
        ];
    }

    static async Task<List<Due>> DueAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select agency, sent_at, answered_at, lost_since is not null, counted_on < $1::timestamptz::date, answered_count, key_id from probes
            where next_at <= $1 order by agency for update skip locked
            """, connection);
        command.Parameters.Add(Sql.Parameter(now));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        var due = new List<Due>();
        while (await reader.ReadAsync(cancel))
            due.Add(new Due(reader.GetString(0), Time(1), Time(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetInt32(5), reader.Maybe<Guid?>(6)));
        return due;
    }

    /// <summary>It came back with its page: the way is open.</summary>
    internal static NpgsqlBatchCommand Answered(string agency, Guid referral, DateTimeOffset now) => Sql.Command(
        """
        with before as (select lost_since from probes where agency = $1 and referral_id = $2 for update),
        answered as (
          update probes set answered_at = $3, lost_since = null, answered_count = answered_count + 1 from before where agency = $1 and referral_id = $2
          returning before.lost_since)
        insert into audit.records (at, leaf)
        select $3, json_build_object('kind', 'probe.back', 'at', $3, 'actor', 'system', 'code', $1::text)::text from answered where lost_since is not null
        """,
        agency, referral, now);

    static NpgsqlBatchCommand Record(string kind, string code, DateTimeOffset now) => new AuditRecord { Kind = kind, At = now, Actor = "system", Code = code }.Insert();

    static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select hotline_now()", connection);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    }
}
