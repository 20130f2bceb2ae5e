using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>A checkpoint as it was signed and stored.</summary>
public sealed record SignedCheckpoint(int Epoch, Checkpoint Head, SignedNote Note, DateTimeOffset At);

/// <summary>
/// Signs the log's checkpoints. Must stay true: none is signed that does not contain the last one signed; otherwise this
/// party itself makes the fork that its witnesses look for.
/// </summary>
public sealed class Checkpoints(HostSettings settings, Party party, NpgsqlDataSource database, DatabaseClock clock, Sequencer sequencer)
{
    /// <summary>Key of the advisory lock: "sign".</summary>
    const long LockKey = 0x7369676e;

    /// <summary>At most 10 s after a change (audit.md): the rest is for the round and the writing.</summary>
    static readonly TimeSpan AfterChange = TimeSpan.FromSeconds(5);

    /// <summary>At least every 10 min, also where nothing happened: silence is visible.</summary>
    static readonly TimeSpan AtLeast = TimeSpan.FromMinutes(9);

    readonly LogKey key = LogKey.Load(Path.Combine(settings.KeyFolder, LogKey.LogFile));

    /// <summary>Signs a checkpoint where one is due.</summary>
    /// <returns>The new one; null where none is due, or another node is at it.</returns>
    /// <exception cref="LogDamagedException">The stored log does not contain the last checkpoint.</exception>
    public async Task<SignedCheckpoint?> SignDueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // One node from the reading to the writing: in between, the other's would stand below a smaller one.
        await using (var turn = new NpgsqlCommand($"select pg_try_advisory_xact_lock({LockKey})", connection))
            if (await turn.ExecuteScalarAsync(cancel) is not true)
                return null;
        var last = await LastAsync(connection, cancel);
        var (epoch, size) = await LogTables.HeadAsync(connection, cancel);
        var now = await clock.NowAsync(cancel);
        var age = now - (last?.At ?? DateTimeOffset.MinValue);
        var grown = last is null || last.Epoch != epoch || size != last.Head.Size;
        if (age < (grown ? AfterChange : AtLeast))
            return null;
        if (last is not null && last.Epoch == epoch)
            await AssertContainedAsync(connection, last, size, cancel);
        var root = (await LogTables.FrontierAsync(connection, epoch, size, cancel)).Root();
        var signed = await SignAsync(connection, epoch, new Checkpoint(Origin(epoch), size, root), now, cancel);
        await transaction.CommitAsync(cancel);
        return signed;
    }

    public string Origin(int epoch) => $"{party.Name}/{epoch}";

    /// <summary>The last checkpoint of the party's log; null before the first.</summary>
    public static async Task<SignedCheckpoint?> LastAsync(NpgsqlConnection connection, CancellationToken cancel, int? epoch = null)
    {
        await using var command = new NpgsqlCommand("select epoch, note, signed_at from audit.checkpoints where $1::int is null or epoch = $1 order by id desc limit 1", connection);
        command.Parameters.Add(Sql.Parameter(epoch));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return null;
        return Checkpoint.TryRead(reader.GetString(1)) is var (head, note)
            ? new SignedCheckpoint(reader.GetInt32(0), head, note, reader.Time(2)) : throw new LogDamagedException("The last checkpoint is none.");
    }

    static async Task AssertContainedAsync(NpgsqlConnection connection, SignedCheckpoint last, long size, CancellationToken cancel)
    {
        if (size < last.Head.Size)
            throw new LogDamagedException("The log is shorter than its last checkpoint.");
        if (!(await LogTables.FrontierAsync(connection, last.Epoch, last.Head.Size, cancel)).Root().AsSpan().SequenceEqual(last.Head.Root))
            throw new LogDamagedException("The log is another than its last checkpoint says.");
    }

    async Task<SignedCheckpoint> SignAsync(NpgsqlConnection connection, int epoch, Checkpoint head, DateTimeOffset now, CancellationToken cancel)
    {
        var note = NoteKey.Sign(head.Text, party.Name, key);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command(
            "insert into audit.checkpoints (epoch, size, root, note, signed_at, sequenced_through) values ($1, $2, $3, $4, $5, $6)",
            epoch, head.Size, head.Root, note.ToString(), now, Math.Max(sequencer.SequencedThrough, 0)));
        await batch.ExecuteNonQueryAsync(cancel);
        return new SignedCheckpoint(epoch, head, note, now);
    }
}
