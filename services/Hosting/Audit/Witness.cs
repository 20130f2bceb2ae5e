using System.Collections.Concurrent;
using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>
/// This party as a witness of its peers' logs (c2sp.org/tlog-witness over the bus). Must stay true: what is cosigned is on
/// disk in the transaction that answers, one decision at a time for a log; two heads that cannot both be true are kept and
/// shown. Otherwise a log could be cut or forked with this party's word.
/// </summary>
public sealed class Witness(
    HostSettings settings, Party party, Envelope envelope, NpgsqlDataSource database, Post post, OutboxSignal signal, ILogger<Witness> log)
{
    readonly LogKey key = LogKey.Load(Path.Combine(settings.KeyFolder, LogKey.WitnessFile));
    readonly ConcurrentDictionary<string, string> lastSeen = new();

    /// <summary>A peer asks for a cosignature.</summary>
    /// <param name="written">When it asked, by its own clock.</param>
    /// <returns>Null, or the code to reject the message with.</returns>
    public async Task<string?> TakeAsync(string peer, CheckpointPublished published, DateTimeOffset written, DateTimeOffset now, CancellationToken cancel)
    {
        if (WitnessRequest.TryParse(published.Request) is not { } request || LogParties.Origin(request.Checkpoint.Origin) is not { } origin || origin.Party != peer)
            return "malformed-body";
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await LockAsync(connection, request.Checkpoint.Origin, cancel);
        var (head, headNote, since) = await HeadAsync(connection, request.Checkpoint.Origin, cancel);
        await using var batch = new NpgsqlBatch(connection);
        if (head is null && published.Reopening is { } note && Reopening.TryOpen(note, peer, envelope.Directory) is { } reopening
            && reopening.To == request.Checkpoint.Origin && (await HeadAsync(connection, reopening.From, cancel)).Head is not null)
        {
            // Two persons of the peer have signed: the new log begins, and everybody here sees that it did.
            head = new Checkpoint(reopening.To, 0, MerkleTree.EmptyRoot);
            batch.BatchCommands.Add(Enrolment.Head(head, string.Empty, now, peer));
            batch.BatchCommands.Add(Alarm.Raise("log.reopened", peer, null, null, now));
            batch.BatchCommands.Add(new AuditRecord { Kind = "log.reopening-accepted", At = now, Actor = peer, Code = reopening.To, Sha256 = Digest.Text(Digest.Of(note)) }.Insert());
        }
        var decision = WitnessRules.Decide(head, request, [.. envelope.Directory.NoteKeysOf(peer, NoteKey.Log)], isLater: written > since + WitnessPolicy.Skew);
        if (decision is not WitnessDecision.Refuse && await OtherHeadAsync(connection, request.Checkpoint, cancel) is { } other)
            (decision, headNote) = (new WitnessDecision.Refuse(WitnessRules.Fork, IsEvidence: true), other);

        foreach (var command in Effects(peer, request, head, headNote, decision, now))
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        signal.Raise();
        return null;
    }

    /// <summary>A peer's receipt brought its latest cosigned checkpoint: is it the log that this party has witnessed?</summary>
    public async Task SeeAsync(string peer, string note, DateTimeOffset now, CancellationToken cancel)
    {
        if (lastSeen.TryGetValue(peer, out var before) && before == note)
            return;
        if (Checkpoint.TryRead(note) is not var (head, signed) || LogParties.Origin(head.Origin)?.Party != peer
            || !envelope.Directory.NoteKeysOf(peer, NoteKey.Log).Any(signed.IsSignedBy))
        {
            log.LogWarning("A receipt of {Peer} brought a checkpoint that its log has not signed", peer);
            return;
        }
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            "insert into audit.seen_heads (origin, size, root, note, at) values ($1, $2, $3, $4, $5) on conflict do nothing",
            head.Origin, head.Size, head.Root, note, now));
        if (await OtherHeadAsync(connection, head, cancel) is { } held)
        {
            foreach (var command in Proof(peer, WitnessRules.Fork, held, note, now))
                batch.BatchCommands.Add(command);
            batch.BatchCommands.Add(Answer(peer, new CheckpointCosigned(head.Origin, head.Size, null, WitnessRules.Fork, null, held), now));
        }
        await batch.ExecuteNonQueryAsync(cancel);
        lastSeen[peer] = note;
        signal.Raise();
    }

    IEnumerable<NpgsqlBatchCommand> Effects(
        string peer, WitnessRequest request, Checkpoint? head, string? headNote, WitnessDecision decision, DateTimeOffset now)
    {
        var asked = request.Checkpoint;
        switch (decision)
        {
            case WitnessDecision.Cosign cosign:
                // On disk first: the answer leaves with this transaction, never before it.
                if (cosign.Head != head)
                    yield return Enrolment.Head(cosign.Head, request.Note.ToString(), now, enrolledBy: null);
                var line = Cosignature.Sign(request.Note.Text, party.Name, key, now).Line;
                yield return Answer(peer, new CheckpointCosigned(asked.Origin, asked.Size, line, null, null, null), now);
                break;
            case WitnessDecision.AskFrom from:
                yield return Answer(peer, new CheckpointCosigned(asked.Origin, asked.Size, null, null, from.Size, null), now);
                break;
            case WitnessDecision.Refuse refuse:
                log.LogError("The log of {Peer} is not cosigned: {Code}", peer, refuse.Code);
                if (refuse.IsEvidence)
                    foreach (var command in Proof(peer, refuse.Code, headNote ?? string.Empty, request.Note.ToString(), now))
                        yield return command;
                else
                    yield return Alarm.Raise(refuse.Code, peer, null, null, now);
                yield return Answer(peer, new CheckpointCosigned(asked.Origin, asked.Size, null, refuse.Code, null, refuse.IsEvidence ? headNote : null), now);
                break;
        }
    }

    IEnumerable<NpgsqlBatchCommand> Proof(string peer, string code, string held, string presented, DateTimeOffset now)
    {
        yield return Evidence.Keep(peer, party.Name, code, held, presented, now);
        yield return Alarm.Raise(code, peer, null, null, now);
    }

    NpgsqlBatchCommand Answer(string peer, CheckpointCosigned answer, DateTimeOffset now) => post.WriteUnordered(peer, Kinds.CheckpointCosigned, answer, now);

    static async Task LockAsync(NpgsqlConnection connection, string origin, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended($1, 0))", connection);
        command.Parameters.Add(Sql.Parameter(origin));
        await command.ExecuteNonQueryAsync(cancel);
    }

    static async Task<(Checkpoint? Head, string? Note, DateTimeOffset? Since)> HeadAsync(NpgsqlConnection connection, string origin, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select size, root, note, at from audit.witness_heads where origin = $1 order by id desc limit 1", connection);
        command.Parameters.Add(Sql.Parameter(origin));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? (new Checkpoint(origin, reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)), reader.GetString(2), reader.Time(3)) : (null, null, null);
    }

    /// <summary>A head of the same log and size with another root, from wherever this party has it.</summary>
    static async Task<string?> OtherHeadAsync(NpgsqlConnection connection, Checkpoint head, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select note from (
              select note from audit.witness_heads where origin = $1 and size = $2 and root <> $3 union all
              select note from audit.seen_heads where origin = $1 and size = $2 and root <> $3) other limit 1
            """, connection);
        command.Parameters.Add(Sql.Parameter(head.Origin));
        command.Parameters.Add(Sql.Parameter(head.Size));
        command.Parameters.Add(Sql.Parameter(head.Root));
        return await command.ExecuteScalarAsync(cancel) as string;
    }
}
