using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>Applies what happened to an escalation, inside the transaction of the change that it follows from.</summary>
public static class EscalationChange
{
    /// <summary>Locks, decides, writes. Nothing happens where no escalation was started.</summary>
    /// <returns>Whether anything changed.</returns>
    public static async Task<bool> ApplyAsync(NpgsqlConnection connection, Guid subject, EscalationEvent happened, DateTimeOffset now, CancellationToken cancel)
    {
        if (await Escalation.LockAsync(connection, subject, cancel) is not { } escalation)
            return false;
        var decision = Escalating.Decide(escalation, happened, now);
        if (decision.Next == escalation)
            return false;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(decision.Next.Save());
        await batch.ExecuteNonQueryAsync(cancel);
        return true;
    }
}
