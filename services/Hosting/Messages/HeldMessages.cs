using System.Text;
using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>Opens messages again that came from the future (<c>clock.skew</c>): they are held, never rejected.</summary>
public sealed class HeldMessages(Party party, NpgsqlDataSource database, StorageKeys storage, Receiver receiver)
{
    /// <summary>Tries what is due. One that is still early is put off again by the receiver.</summary>
    public async Task OpenDueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var due = new List<(Guid Id, Guid MessageId, byte[] Body)>();
        await using (var command = new NpgsqlCommand(
            "select id, message_id, body from parked_messages where retry_at <= hotline_now() and settled_at is null order by retry_at limit 100", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                due.Add((reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<byte[]>(2)));

        foreach (var (id, messageId, body) in due)
        {
            var sealedBody = Encoding.UTF8.GetString(storage.OpenSecret(body, ParkedCell.Of(id)));
            var held = await receiver.ReceiveAsync(new SealedMessage(messageId, party.Name, sealedBody), cancel);
            await using var settle = new NpgsqlCommand(
                held ? "update parked_messages set retry_at = hotline_now() + interval '15 seconds' where id = $1"
                     : "update parked_messages set settled_at = hotline_now() where id = $1", connection);
            settle.Parameters.Add(Sql.Parameter(id));
            await settle.ExecuteNonQueryAsync(cancel);
        }
    }
}

/// <summary>What binds a parked body to its row.</summary>
static class ParkedCell
{
    public static string Of(Guid id) => $"parked_messages/{id}";
}
