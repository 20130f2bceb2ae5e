using System.Runtime.CompilerServices;
using Npgsql;

namespace Hotline.Hosting.Storage;

/// <summary>Keys that were destroyed together.</summary>
/// <param name="Subject">The case, call or referral that was shredded.</param>
public sealed record DestroyedKeys(Guid Subject, Guid[] Keys);

/// <summary>One copy of the key store: the wrapped data keys in a database of their own.</summary>
sealed class KeyCopy(NpgsqlDataSource database)
{
    /// <summary>Keys that it has already stay as they are; destroyed ones are not taken.</summary>
    /// <returns>How many were new.</returns>
    public async Task<int> InsertAsync(Guid[] ids, byte[][] wrapped, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("insert into data_keys (id, wrapped) select * from unnest($1, $2) on conflict do nothing");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = wrapped });
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Those of the keys that it knows; null for one that was destroyed.</summary>
    public async Task<Dictionary<Guid, byte[]?>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancel)
    {
        var found = new Dictionary<Guid, byte[]?>(ids.Count);
        await using var command = database.CreateCommand(
            "select id, wrapped from data_keys where id = any($1) union all select id, null from destroyed_keys where id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            found[reader.GetGuid(0)] = reader.Maybe<byte[]>(1);
        return found;
    }

    /// <summary>From the live keys and from the history alike.</summary>
    public async Task DestroyAsync(Guid subject, Guid[] ids, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select destroy_keys($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = subject });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <param name="ids">Null = all.</param>
    public async Task<Dictionary<Guid, Guid>> DestroyedAsync(IReadOnlyCollection<Guid>? ids, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id, subject from destroyed_keys where $1::uuid[] is null or id = any($1)");
        command.Parameters.Add(Sql.Parameter(ids?.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var destroyed = new Dictionary<Guid, Guid>();
        while (await reader.ReadAsync(cancel))
            destroyed[reader.GetGuid(0)] = reader.GetGuid(1);
        return destroyed;
    }

    /// <summary>All keys from that id on, in the order of ids, which is that of time.</summary>
    public async IAsyncEnumerable<(Guid Id, byte[] Wrapped)> KeysAsync(Guid from, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id, wrapped from data_keys where id >= $1 order by id");
        command.CommandTimeout = 0;
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = from });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            yield return (reader.GetGuid(0), reader.GetFieldValue<byte[]>(1));
    }

    /// <summary>Forgets what was lost more than seven days ago.</summary>
    public async Task ForgetHistoryAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select forget_key_history()");
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Brings back what was lost in the last seven days and not shredded. For the owner.</summary>
    public async Task<int> RecoverAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            insert into data_keys (id, wrapped) select distinct on (h.id) h.id, h.wrapped from key_history h
            where not exists (select from data_keys k where k.id = h.id) order by h.id, h.lost_at desc
            """);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>What that key was before it was overwritten, newest first. For the owner.</summary>
    public async Task<List<byte[]>> FormerAsync(Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select wrapped from key_history where id = $1 order by lost_at desc");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var former = new List<byte[]>();
        while (await reader.ReadAsync(cancel))
            former.Add(reader.GetFieldValue<byte[]>(0));
        return former;
    }

    /// <summary>Replaces a key that does not open by one that does. For the owner.</summary>
    public async Task ReplaceAsync(Guid id, byte[] wrapped, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("update data_keys set wrapped = $2 where id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = wrapped });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
