// A party's log begins anew after a restore. What must stay true: the old log is never written to again, because witnesses
// may hold more of it than the restored database; and the new one is witnessed only on the word of two persons.
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>Opens a party's next log, and signs that two persons know of it.</summary>
public static class LogReopening
{
    /// <summary>Opens the log of an epoch; its first leaf holds the last cosigned checkpoint of the one before.</summary>
    internal static async Task OpenAsync(Installation installation, string party, int epoch, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var directory = DirectoryAuthor.Open(installation.Plan.KeyFolder).Current;
        var leaves = new AuditLeaf(StorageKeys.Load(installation.Parties[party].Settings.KeyFolder));
        var last = await LastAsync(connection, directory, party, cancellation);
        var record = new AuditRecord { Kind = "log.reopened", At = await NowAsync(connection, cancellation), Actor = "provisioning", Code = last };
        await using var insert = new NpgsqlCommand("insert into audit.records (at, leaf) values ($1, $2) returning id", connection);
        insert.Parameters.Add(Sql.Parameter(record.At));
        insert.Parameters.Add(Sql.Parameter(record.ToText()));
        var arrived = new Arrived((long)(await insert.ExecuteScalarAsync(cancellation))!, record, record.ToText(), null);
        var leaf = leaves.Of(arrived, leaves.Salt(arrived, null), directory.Version);

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command("insert into audit.epochs (epoch, opened_at) values ($1, $2)", epoch, record.At));
        batch.BatchCommands.Add(Sql.Command(
            "insert into audit.leaves (epoch, index, record_id, at, kind, actor, leaf, hash) values ($1, 0, $2, $3, $4, $5, $6, $7)",
            epoch, arrived.Id, record.At, record.Kind, record.Actor, leaf, MerkleTree.Leaf(System.Text.Encoding.UTF8.GetBytes(leaf))));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Two persons sign, each with the key that was handed to them; the party's service then sends it to the witnesses.</summary>
    /// <exception cref="ProvisioningException">The log was not reopened, or the keys are not those of two persons.</exception>
    public static async Task ApproveAsync(Installation installation, string party, IReadOnlyList<string> keyFiles, CancellationToken cancellation = default)
    {
        var directory = DirectoryAuthor.Open(installation.Plan.KeyFolder).Current;
        await using var connection = new NpgsqlConnection(installation.Parties[party].Databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var find = new NpgsqlCommand("select epoch, lag(epoch) over (order by epoch) from audit.epochs order by epoch desc limit 1", connection);
        await using var reader = await find.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (reader.IsDBNull(1)) throw new ProvisioningException($"The log of {party} was not reopened: there is nothing to sign.");
        var (epoch, before) = (reader.GetInt32(0), reader.GetInt32(1));
        await reader.DisposeAsync();

        var persons = keyFiles.Select(LogKey.Load).Select((key, i) => (Name(directory, party, key), key)).ToList();
        var note = new Reopening($"{party}/{before}", $"{party}/{epoch}", await LastAsync(connection, directory, party, cancellation)).Sign(persons).ToString();
        if (Reopening.TryOpen(note, party, directory) is null) throw new ProvisioningException("The keys of two different persons are needed.");
        await using var save = new NpgsqlCommand("update audit.epochs set reopening = $2 where epoch = $1", connection);
        save.Parameters.Add(Sql.Parameter(epoch));
        save.Parameters.Add(Sql.Parameter(note));
        await save.ExecuteNonQueryAsync(cancellation);
    }

    static string Name(KeyDirectory directory, string party, LogKey key) =>
        directory.LogKeysOf(party).Select(NoteKey.TryParse).OfType<NoteKey>().FirstOrDefault(k => k.PublicKey.AsSpan().SequenceEqual(key.PublicKey))?.Name
            ?? throw new ProvisioningException($"This is no key of a person of {party}.");

    static async Task<string> LastAsync(NpgsqlConnection connection, KeyDirectory directory, string party, CancellationToken cancellation) =>
        directory.PolicyOf(party) is { } policy && await CosignedHead.FindAsync(connection, policy, await NowAsync(connection, cancellation), cancellation) is { } note
            ? note.ToString() : string.Empty;

    internal static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select hotline_now()", connection);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellation))!, TimeSpan.Zero);
    }
}
