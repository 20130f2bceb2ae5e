using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline.Hosting.Referrals;

/// <summary>One line of a referral's history.</summary>
/// <param name="At">When it happened, UTC.</param>
/// <param name="By">Alias of an account, <c>agency/alias</c>, or a party.</param>
/// <param name="Detail">What the event says, for those who may read it; files are left out, they are read as content.</param>
public sealed record HistoryItem(DateTimeOffset At, string Event, string By, string State, JsonObject? Detail);

/// <summary>Reads the history of a referral. The words are in the messages, sealed.</summary>
public static class ReferralHistory
{
    /// <summary>A page of it, oldest first; 200 lines where the request names no limit.</summary>
    public static async Task<(Page<HistoryItem>? Page, Refusal? Refusal)> ReadAsync(
        HttpContext http, NpgsqlDataSource database, DataKeys keys, Guid referral, bool withWords, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http, Paging.Most);
        if (refusal is not null)
            return (null, refusal);
        await using var command = database.CreateCommand(
            """
            select h.at, h.event, h.actor, h.state, h.jti, s.key_id, s.sealed_jws, i.key_id, i.sealed_jws, h.id
            from referral_history h left join sent_messages s on s.jti = h.jti
            left join inbox i on i.jti = h.jti and i.referral_id = h.referral_id
            where h.referral_id = $1 and h.id > $2 order by h.id limit $3
            """);
        command.Parameters.Add(Sql.Parameter(referral));
        command.Parameters.Add(Sql.Parameter(paging!.Before is { } before ? LineOf(before.Id) : 0));
        command.Parameters.Add(Sql.Parameter(paging.Limit + 1));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<(HistoryItem Item, long Line)>();
        while (await reader.ReadAsync(cancel))
        {
            JsonObject? detail = null;
            if (withWords && !reader.IsDBNull(4))
            {
                var (column, cell) = reader.IsDBNull(5) ? (7, InboxCell.Of(reader.GetGuid(4))) : (5, SentMessages.Cell(reader.GetGuid(4)));
                // Shredded: what happened stays, its words are gone.
                if (!reader.IsDBNull(column) && (await keys.GetAsync([reader.GetGuid(column)], cancel)).TryGetValue(reader.GetGuid(column), out var key))
                    detail = Words(key, reader.GetFieldValue<byte[]>(column + 1), cell);
            }
            items.Add((new HistoryItem(reader.Time(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), detail), reader.GetInt64(9)));
        }
        var page = paging.Page(items, last => (last.Item.At, IdOf(last.Line)));
        return (new Page<HistoryItem>([.. page.Items.Select(i => i.Item)], page.Next), null);
    }

    /// <summary>Lines are numbered, cursors hold an id: the number is written as one.</summary>
    static Guid IdOf(long line)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], line);
        return new Guid(bytes, bigEndian: true);
    }

    static long LineOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
    }

    /// <summary>Words of a history are words of a case: who reads them is recorded, before they are shown.</summary>
    public static async Task RecordReadingAsync(NpgsqlDataSource database, Guid referral, string by, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new AuditRecord { Kind = "history.opened", At = now, Actor = by, Referral = referral }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
    }

    static JsonObject? Words(DataKey key, byte[] sealedJws, CellAddress cell)
    {
        var body = JsonObject.Create(SignedMessage.PayloadOf(key.OpenSigned(sealedJws, cell)).Body);
        body?.Remove("file");
        return body;
    }
}
