using Npgsql;
using NpgsqlTypes;

namespace Hotline.Hosting.Storage;

/// <summary>Short ways to write the batches of the hot transactions.</summary>
public static class Sql
{
    /// <summary>A command with positional parameters. A null is typed by the place it goes to.</summary>
    public static NpgsqlBatchCommand Command(string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values)
            command.Parameters.Add(Parameter(value));
        return command;
    }

    /// <summary>
    /// Ends the transaction as the last command of its batch: one round trip less than to commit after it. A command that
    /// fails before it ends the batch, so that it is never reached.
    /// </summary>
    public static NpgsqlBatchCommand Commit() => new("commit");

    /// <summary>
    /// The transaction ends without waiting for the disk. Only for what is found and done again where the server loses its
    /// last moment: later commits keep their order behind it, so that nothing that waits for the disk can outlive it.
    /// </summary>
    public static NpgsqlBatchCommand NoWaitForDisk() => new("set local synchronous_commit = off");

    /// <summary>
    /// For the transaction of a queue's worker. What it took away stays in the queue's index until the table is swept: a walk along
    /// the index marks it as gone, a bitmap reads all of it again at every turn (decision record 110).
    /// </summary>
    public static NpgsqlBatchCommand WalkIndexes() => new("set local enable_bitmapscan = off");

    public static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        Guid v => new NpgsqlParameter<Guid> { TypedValue = v },
        string v => new NpgsqlParameter<string> { TypedValue = v },
        int v => new NpgsqlParameter<int> { TypedValue = v },
        long v => new NpgsqlParameter<long> { TypedValue = v },
        // Npgsql takes only UTC for timestamptz.
        DateTimeOffset v => new NpgsqlParameter<DateTime> { TypedValue = v.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        _ => new NpgsqlParameter { Value = value },
    };

    /// <summary>Adds a value to a command that is written piece by piece.</summary>
    /// <returns>Its place in the text: <c>$3</c>.</returns>
    public static string Place(this NpgsqlCommand command, object? value)
    {
        command.Parameters.Add(Parameter(value));
        return $"${command.Parameters.Count}";
    }

    public static DateTimeOffset Time(this NpgsqlDataReader reader, int column) =>
        new(reader.GetDateTime(column), TimeSpan.Zero);

    public static T? Maybe<T>(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? default : reader.GetFieldValue<T>(column);
}
