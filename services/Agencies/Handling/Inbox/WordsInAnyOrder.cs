using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Inbox;

/// <summary>
/// What stops and starts pages comes in any order: the referral, a raised urgency, a spoken answer. Must stay true: whichever
/// the hub said later counts; otherwise a late word stops the pages of what became urgent after it (decision record 102).
/// </summary>
static class WordsInAnyOrder
{
    /// <summary>The hub raised the urgency last before its last spoken answer, in its own order.</summary>
    const string AnswerStands = "(answered_epoch, answered_seq) > (raised_epoch, raised_seq)";

    /// <summary>Pages start as urgent and at the desk that was said before the referral came; a spoken answer that came before counts as well.</summary>
    public static async Task StartAsync(NpgsqlConnection connection, Received message, string reference, DateTimeOffset now, CancellationToken cancel)
    {
        NpgsqlBatchCommand start;
        bool answered;
        await using (var command = new NpgsqlCommand($"select urgency, unit, acknowledge_by, {AnswerStands} from referrals where id = $1", connection))
        {
            command.Parameters.Add(Sql.Parameter(message.Referral));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            start = Escalation.Start(
                Escalation.Referral, message.Referral, reference, message.Payload.Class, reader.GetString(0), reader.GetString(1), reader.Time(2), now);
            answered = reader.GetBoolean(3);
        }
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(start);
        await batch.ExecuteNonQueryAsync(cancel);
        if (answered)
            await EscalationChange.ApplyAsync(connection, message.Referral, new EscalationEvent.AnsweredByPhone(), now, cancel);
    }

    /// <summary>It stops the pages that ran when it was spoken, and none that started after it.</summary>
    public static void TakeAnswer(Received message, AnsweredByPhone answered, Effects effects)
    {
        effects.Write(Sql.Command(
            """
            update referrals set answered_by_phone_at = $2, answered_epoch = $3, answered_seq = $4
            where id = $1 and (answered_epoch, answered_seq) < ($3, $4)
            """, message.Referral, answered.At, message.Epoch, message.Seq));
        var now = effects.Now;
        effects.After(async (connection, cancel) =>
        {
            if (await IsAsync(connection, AnswerStands, message.Referral, cancel))
                await EscalationChange.ApplyAsync(connection, message.Referral, new EscalationEvent.AnsweredByPhone(), now, cancel);
        });
    }

    /// <summary>Only the file in force says how urgent it is: an older one that comes late raises nothing.</summary>
    public static async Task RaiseAsync(NpgsqlConnection connection, Received message, EscalationEvent.UrgencyRaised raised, DateTimeOffset now, CancellationToken cancel)
    {
        if (!await IsAsync(connection, "file_jti = $2", message.Referral, cancel, message.Payload.Jti))
            return;
        // Whoever answered after it was raised, and was heard of before, answers for what it is now.
        if (await EscalationChange.ApplyAsync(connection, message.Referral, raised, now, cancel) && await IsAsync(connection, AnswerStands, message.Referral, cancel))
            await EscalationChange.ApplyAsync(connection, message.Referral, new EscalationEvent.AnsweredByPhone(), now, cancel);
    }

    static async Task<bool> IsAsync(NpgsqlConnection connection, string condition, Guid referral, CancellationToken cancel, Guid? file = null)
    {
        await using var command = new NpgsqlCommand($"select {condition} from referrals where id = $1", connection);
        command.Parameters.Add(Sql.Parameter(referral));
        if (file is { } jti)
            command.Parameters.Add(Sql.Parameter(jti));
        return await command.ExecuteScalarAsync(cancel) is true;
    }
}
