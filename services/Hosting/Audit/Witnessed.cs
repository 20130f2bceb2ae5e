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
/// Has this party's log witnessed. Purpose: every checkpoint goes to every witness with its proof, and the newest with a
/// quorum of cosignatures travels in every receipt. Must stay true: a witness that remembers less than it has cosigned is
/// not helped to start again; a person enrols it.
/// </summary>
public sealed class Witnessed(
    Party party, Envelope envelope, NpgsqlDataSource database, Post post, CosignedHead cosigned, OutboxSignal signal, TimeProvider time, ILogger<Witnessed> log)
{
    public const string LostState = "witness.lost-state";
    public const string Silent = "witness.silent";

    /// <summary>A witness that does not answer is asked again after this long, then twice as long, at most ten minutes.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(10);

    /// <summary>One that refuses is asked again after two minutes: a person may have enrolled it meanwhile.</summary>
    const int AfterRefusal = 2;

    /// <summary>Asked so often without an answer, which takes some seven minutes, it is a matter for a person.</summary>
    const int SilentAfter = 4;

    readonly ConcurrentDictionary<string, Asked> asked = new();

    /// <param name="Size">Of the checkpoint that it is to cosign.</param>
    /// <param name="From">The size up to which it had cosigned, as this log knew then; -1 for nothing yet.</param>
    sealed record Asked(string Origin, long Size, long From, long Stamp, int Times);

    /// <summary>Asks every witness that has not cosigned the last checkpoint, and looks what has a quorum.</summary>
    public async Task RoundAsync(DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (await Checkpoints.LastAsync(connection, cancel) is not { } last)
            return;
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (witness, size) in await CosignedSizesAsync(connection, last.Epoch, cancel))
            if (IsToBeAsked(witness, last, size))
            {
                batch.BatchCommands.Add(await AskAsync(connection, witness, last, size, now, cancel));
                if (asked[witness].Times >= SilentAfter)
                    batch.BatchCommands.Add(Alarm.Raise(Silent, witness, null, null, now));
            }
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancel);
            signal.Raise();
        }
        await cosigned.RefreshAsync(connection, now, cancel);
    }

    /// <summary>A witness answers.</summary>
    /// <returns>Null, or the code to reject the message with.</returns>
    public async Task<string?> TakeAsync(string witness, CheckpointCosigned answer, DateTimeOffset now, CancellationToken cancel)
    {
        if (LogParties.Origin(answer.Origin) is not { } origin || origin.Party != party.Name)
            return "malformed-body";
        asked.TryRemove(witness, out var question);
        await using var connection = await database.OpenConnectionAsync(cancel);
        var note = await NoteAsync(connection, origin.Epoch, answer.Size, cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command("update alarms set cleared_at = $3 where code = $1 and party = $2 and cleared_at is null", Silent, witness, now));
        if (answer.Code is { } code)
        {
            log.LogCritical("{Witness} does not cosign: {Code}", witness, code);
            if (answer.Held is { Length: > 0 } held)
                batch.BatchCommands.Add(Evidence.Keep(party.Name, witness, code, held, note ?? string.Empty, now));
            batch.BatchCommands.Add(Alarm.Raise(code, witness, null, null, now));
            // It is asked again with the next checkpoint, not at once.
            asked[witness] = new Asked(answer.Origin, answer.Size, question?.From ?? -1, time.GetTimestamp(), AfterRefusal);
        }
        else if (answer.AskFrom is { } size)
        {
            var answered = question?.Origin == answer.Origin && question.Size == answer.Size ? question : null;
            if (await AskFromAsync(connection, witness, origin.Epoch, size, answered, now, cancel) is { } again)
                batch.BatchCommands.Add(again);
        }
        else if (note is null || Line(answer) is not { } line || At(note, line, witness) is not { } at || at > now + WitnessPolicy.Skew)
            return "bad-cosignature";
        else
            batch.BatchCommands.Add(Sql.Command(
                "insert into audit.cosignatures (epoch, size, witness, at, line) values ($1, $2, $3, $4, $5) on conflict do nothing",
                origin.Epoch, answer.Size, witness, at, line.Line));
        await batch.ExecuteNonQueryAsync(cancel);
        signal.Raise();
        await cosigned.RefreshAsync(connection, now, cancel);
        return null;
    }

    bool IsToBeAsked(string witness, SignedCheckpoint last, long cosignedSize)
    {
        // Another node may have taken the answer.
        if (!asked.TryGetValue(witness, out var before) || before.Origin == last.Head.Origin && before.Size <= cosignedSize)
            return cosignedSize < last.Head.Size;
        var patience = TimeSpan.FromTicks(Math.Min(LongestPatience.Ticks, Patience.Ticks << Math.Min(before.Times, 5)));
        return time.GetElapsedTime(before.Stamp) > patience;
    }

    async Task<NpgsqlBatchCommand> AskAsync(NpgsqlConnection connection, string witness, SignedCheckpoint last, long from, DateTimeOffset now, CancellationToken cancel)
    {
        var old = Math.Clamp(from, 0, last.Head.Size);
        var proof = await LogTables.ProofAsync(connection, last.Epoch, ProofPlan.Consistency(old, last.Head.Size), cancel);
        asked[witness] = new Asked(last.Head.Origin, last.Head.Size, from, time.GetTimestamp(), asked.TryGetValue(witness, out var before) ? before.Times + 1 : 0);
        var request = new WitnessRequest(old, proof, last.Head, last.Note);
        var reopening = from < 0 ? await ReopeningAsync(connection, last.Epoch, cancel) : null;
        return post.WriteUnordered(witness, Kinds.CheckpointPublished, new CheckpointPublished(request.ToString(), reopening), now);
    }

    /// <summary>
    /// The witness remembers another size than this log has its cosignature for. That it lost its state is believed only of
    /// an answer to what it was asked with that very cosignature in hand: answers come again, late and out of order.
    /// </summary>
    /// <param name="question">What it answers, where that is known: another node may have asked.</param>
    async Task<NpgsqlBatchCommand?> AskFromAsync(
        NpgsqlConnection connection, string witness, int epoch, long size, Asked? question, DateTimeOffset now, CancellationToken cancel)
    {
        if (await Checkpoints.LastAsync(connection, cancel) is not { } last || last.Epoch != epoch)
            return null;
        var known = (await CosignedSizesAsync(connection, epoch, cancel)).GetValueOrDefault(witness, -1);
        if (size < known && question?.From == known)
        {
            log.LogCritical("{Witness} remembers less of this log than it has cosigned; it must be enrolled anew", witness);
            asked[witness] = new Asked(last.Head.Origin, last.Head.Size, known, time.GetTimestamp(), AfterRefusal);
            return Alarm.Raise(LostState, witness, null, null, now);
        }
        if (size > last.Head.Size)
        {
            log.LogCritical("{Witness} has cosigned more of this log than there is of it", witness);
            // Asked again later: once the log is as long again, the witness has the proof.
            asked[witness] = new Asked(last.Head.Origin, last.Head.Size, known, time.GetTimestamp(), 0);
            return Alarm.Raise(WitnessRules.Rollback, witness, null, null, now);
        }
        return Math.Max(size, known) is var from && from < last.Head.Size ? await AskAsync(connection, witness, last, from, now, cancel) : null;
    }

    static NoteSignature? Line(CheckpointCosigned answer) =>
        answer.Signature is { } text && text.EndsWith('\n') ? NoteSignature.TryParse(text[..^1]) : null;

    DateTimeOffset? At(string note, NoteSignature line, string witness) => SignedNote.TryParse(note) is { } signed
        ? envelope.Directory.NoteKeysOf(witness, NoteKey.Witness).Select(k => Cosignature.Verify(signed.Text, line, k)).FirstOrDefault(at => at is not null) : null;

    /// <summary>Up to which size each witness has cosigned; -1 for one that has not yet.</summary>
    async Task<Dictionary<string, long>> CosignedSizesAsync(NpgsqlConnection connection, int epoch, CancellationToken cancel)
    {
        var sizes = envelope.Directory.WitnessesOf(party.Name).ToDictionary(w => w, _ => -1L);
        await using var command = new NpgsqlCommand(
            "select w.witness, (select c.size from audit.cosignatures c where c.epoch = $1 and c.witness = w.witness order by c.size desc limit 1) from unnest($2) as w(witness)", connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        command.Parameters.Add(Sql.Parameter(sizes.Keys.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            sizes[reader.GetString(0)] = reader.IsDBNull(1) ? -1 : reader.GetInt64(1);
        return sizes;
    }

    static async Task<string?> ReopeningAsync(NpgsqlConnection connection, int epoch, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select reopening from audit.epochs where epoch = $1", connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    static async Task<string?> NoteAsync(NpgsqlConnection connection, int epoch, long size, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select note from audit.checkpoints where epoch = $1 and size = $2 order by id desc limit 1", connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        command.Parameters.Add(Sql.Parameter(size));
        return await command.ExecuteScalarAsync(cancel) as string;
    }
}
