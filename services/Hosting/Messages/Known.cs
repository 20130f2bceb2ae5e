using Hotline.Contracts;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>A message of this party that a receipt is about.</summary>
public sealed record SentRow(string Kind, Guid Referral, string Receiver, bool Receipted, IReadOnlyList<string> BodyHashes);

/// <summary>What the database knows of a batch of messages before it is written: one round trip, referrals locked first.</summary>
sealed class Known
{
    public Dictionary<Guid, ReferralRow> Referrals { get; } = [];
    public Dictionary<(string Iss, Guid Jti), string> Receipts { get; } = [];
    public Dictionary<Guid, SentRow> Sent { get; } = [];

    public static async Task<Known> ReadAsync(NpgsqlConnection connection, IReadOnlyList<Received> messages, CancellationToken cancel)
    {
        var known = new Known();
        var others = messages.Where(m => m.Body is not ReceiptDelivered).ToList();
        var receipted = messages.Select(m => m.Body).OfType<ReceiptDelivered>().Select(r => r.Jti).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        // (select $1): how many there are shall not sway the planner, or it plans anew each time (decision record 91).
        // The locks first: what is read after them cannot change under this transaction.
        batch.BatchCommands.Add(ReferralRow.Lock(messages.Select(m => m.Payload.Referral).OfType<Guid>()));
        batch.BatchCommands.Add(Sql.Command(
            "select i.iss, i.jti, i.receipt from inbox i join unnest((select $1::text[]), (select $2::uuid[])) as m(iss, jti) on i.iss = m.iss and i.jti = m.jti",
            others.Select(m => m.Sender).ToArray(), others.Select(m => m.Payload.Jti).ToArray()));
        batch.BatchCommands.Add(Sql.Command(
            "select jti, kind, referral_id, receiver, receipted_at is not null, body_hashes from sent_messages where jti = any((select $1)::uuid[])", receipted));

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var row = ReferralRow.Read(reader);
            known.Referrals[row.Id] = row;
        }
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
            known.Receipts[(reader.GetString(0), reader.GetGuid(1))] = reader.GetString(2);
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
            known.Sent[reader.GetGuid(0)] = new SentRow(
                reader.GetString(1), reader.GetGuid(2), reader.GetString(3), reader.GetBoolean(4),
                [.. reader.GetFieldValue<byte[][]>(5).Select(Digest.Text)]);
        return known;
    }
}
