using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Keeps the key directory fresh: from its file, from the database (another node may have it), and from the bus. The
/// hub tells every agency when it has a newer one. Whatever the way, only what the pinned directory key signed counts.
/// </summary>
public sealed class KeyDirectories(
    HostSettings settings, Party party, Envelope envelope, PartyKeys keys, DirectoryPin pin, NpgsqlDataSource database, Post post,
    DatabaseClock clock, OutboxSignal signal, TimeProvider time, ILogger<KeyDirectories> log) : IDisposable
{
    static readonly TimeSpan JustNow = TimeSpan.FromMilliseconds(200);

    readonly SemaphoreSlim one = new(1);
    long refreshedAt;
    DateTime fileSeen;

    /// <summary>Whether the file is another one than before; the hub then tells the agencies.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        var seen = File.GetLastWriteTimeUtc(settings.KeyDirectory);
        if (seen == fileSeen)
            return;
        var before = envelope.Directory.Version;
        // Whatever was read a moment ago was perhaps the file before this one.
        await ReadAsync(cancel);
        if (party.IsHub && (envelope.Directory.Version > before || fileSeen == default))
            await PublishAsync(envelope.Directory.Parties.Where(p => p != party.Name), cancel);
        fileSeen = seen;
    }

    /// <summary>Reads keys and directories again.</summary>
    /// <returns>True when it is worth opening a message again.</returns>
    public async Task<bool> RefreshAsync(CancellationToken cancel)
    {
        if (refreshedAt == 0 || time.GetElapsedTime(refreshedAt) >= JustNow)
            await ReadAsync(cancel);
        return true;
    }

    async Task ReadAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            keys.Reload();
            if (KeyDirectoryFile.Load(settings.KeyDirectory, pin) is { } fromFile && fromFile.Version > envelope.Directory.Version)
                await KeepAsync(fromFile, cancel);
            await using var command = database.CreateCommand("select token from key_directories order by version desc limit 1");
            if (await command.ExecuteScalarAsync(cancel) is string token && KeyDirectory.TryOpen(token, pin, out _) is { } stored)
                // It was taken while it was good: one that has expired meanwhile is still the one in force, and no older file is.
                envelope.TryAdopt(stored, out _);
            refreshedAt = time.GetTimestamp();
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Another node of this party may have taken a newer one from the bus.</summary>
    /// <param name="stored">The newest version in the database; null = none.</param>
    public async Task FollowAsync(int? stored, CancellationToken cancel)
    {
        if (stored > envelope.Directory.Version)
            await ReadAsync(cancel);
    }

    /// <summary>Takes a directory that came over the bus.</summary>
    /// <returns>Null, or the code to reject it with.</returns>
    public async Task<string?> AdoptAsync(string token, CancellationToken cancel)
    {
        if (KeyDirectory.TryOpen(token, pin, out var code) is not { } directory)
            return code;
        if (directory.Version == envelope.Directory.Version)
            return null;
        return await KeepAsync(directory, cancel);
    }

    /// <summary>The hub sends the directory in force to these parties.</summary>
    public async Task PublishAsync(IEnumerable<string> parties, CancellationToken cancel)
    {
        var now = await clock.NowAsync(cancel);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var receiver in parties)
            if (envelope.Directory.ActiveKey(receiver, KeyUse.Encryption, now) is not null)
                batch.BatchCommands.Add(post.WriteUnordered(receiver, Kinds.DirectoryPublished, new DirectoryPublished(envelope.Directory.Token), now));
        if (batch.BatchCommands.Count == 0)
            return;
        await batch.ExecuteNonQueryAsync(cancel);
        signal.Raise();
    }

    public void Dispose() => one.Dispose();

    async Task<string?> KeepAsync(KeyDirectory directory, CancellationToken cancel)
    {
        if (!envelope.TryAdopt(directory, await clock.NowAsync(cancel), out var code))
            return code;
        await using var command = database.CreateCommand("insert into key_directories (version, token) values ($1, $2) on conflict do nothing");
        command.Parameters.Add(Sql.Parameter(directory.Version));
        command.Parameters.Add(Sql.Parameter(directory.Token));
        // Keys published, rotated or revoked: one record, whichever way and node the directory came by.
        if (await command.ExecuteNonQueryAsync(cancel) > 0)
        {
            await using var batch = database.CreateBatch();
            var version = directory.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
            batch.BatchCommands.Add(new AuditRecord { Kind = "keys.changed", At = await clock.NowAsync(cancel), Actor = "system", Code = version }.Insert());
            await batch.ExecuteNonQueryAsync(cancel);
        }
        log.LogInformation("Key directory version {Version} is in force", directory.Version);
        return null;
    }
}
