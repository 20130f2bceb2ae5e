using System.Text.Json.Nodes;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
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
    public static async Task<IReadOnlyList<HistoryItem>> ReadAsync(
        NpgsqlDataSource database, DataKeys keys, Guid referral, bool withWords, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select h.at, h.event, h.actor, h.state, h.jti, s.key_id, s.sealed_jws, i.key_id, i.sealed_jws
            from referral_history h left join sent_messages s on s.jti = h.jti
            left join inbox i on i.jti = h.jti and i.referral_id = h.referral_id
            where h.referral_id = $1 order by h.id
            """);
        command.Parameters.Add(Sql.Parameter(referral));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<HistoryItem>();
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
            items.Add(new HistoryItem(reader.Time(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), detail));
        }
        return items;
    }

    static JsonObject? Words(DataKey key, byte[] sealedJws, CellAddress cell)
    {
        var body = JsonObject.Create(SignedMessage.PayloadOf(key.OpenText(sealedJws, cell)).Body);
        body?.Remove("file");
        return body;
    }
}
