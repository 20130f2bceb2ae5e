using System.Text;
using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>Opens messages again that came from the future (<c>clock.skew</c>): they are held, never rejected.</summary>
public sealed class HeldMessages(Party party, NpgsqlDataSource database, StorageKeys storage, Receiver receiver, ILogger<HeldMessages> log)
{
    /// <summary>Tries what is due. One that is still early stays held.</summary>
    public async Task OpenDueAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var due = new List<(Guid Id, Guid MessageId, byte[] Body)>();
        await using (var command = new NpgsqlCommand(
            // Put off before it is tried: another node leaves it alone, and one that fails does not come first again.
            """
            update parked_messages set retry_at = hotline_now() + interval '15 seconds' where id in (
              select id from parked_messages where retry_at <= hotline_now() and settled_at is null order by retry_at limit 100 for update skip locked)
            returning id, message_id, body
            """, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                due.Add((reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<byte[]>(2)));

        foreach (var (id, messageId, body) in due)
            await OpenAsync(connection, id, messageId, body, cancel);
    }

    async Task OpenAsync(NpgsqlConnection connection, Guid id, Guid messageId, byte[] body, CancellationToken cancel)
    {
        try
        {
            var sealedBody = Encoding.UTF8.GetString(storage.OpenSecret(body, ParkedCell.Of(id)));
            if (await receiver.ReceiveAsync(new SealedMessage(messageId, party.Name, sealedBody), cancel))
                return;
            await using var settle = new NpgsqlCommand("update parked_messages set settled_at = hotline_now() where id = $1", connection);
            settle.Parameters.Add(Sql.Parameter(id));
            await settle.ExecuteNonQueryAsync(cancel);
        }
        catch (Exception trouble) when (!DatabaseAway.Is(trouble) && trouble is not (OutOfMemoryException or OperationCanceledException))
        {
            log.LogError("A held message could not be taken: {Problem} {MessageId}", trouble.GetType().Name, messageId);
        }
    }
}

/// <summary>What binds a parked body to its row.</summary>
static class ParkedCell
{
    public static string Of(Guid id) => $"parked_messages/{id}";
}
