using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>The newest checkpoint of this party's log with a quorum of cosignatures: it goes into every receipt.</summary>
public sealed class CosignedHead(Party party, Envelope envelope)
{
    /// <summary>Only so many checkpoints back: an older one says nothing about now.</summary>
    const int LookedAt = 100;

    /// <summary>The signed note with its cosignatures; null before the first.</summary>
    public string? Note { get; private set; }

    public async Task RefreshAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel) =>
        Note = envelope.Directory.PolicyOf(party.Name) is { } policy && await FindAsync(connection, policy, now, cancel) is { } note ? note.ToString() : Note;

    /// <summary>The newest that the policy is content with; null where there is none.</summary>
    public static async Task<SignedNote?> FindAsync(NpgsqlConnection connection, WitnessPolicy policy, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select c.note, array_agg(s.line order by s.witness) from audit.checkpoints c
            join (select distinct on (epoch, size, witness) epoch, size, witness, line from audit.cosignatures
                  where (epoch, size) in (select epoch, size from audit.checkpoints order by id desc limit {LookedAt})
                  order by epoch, size, witness, at desc) s on s.epoch = c.epoch and s.size = c.size
            where c.id > (select max(id) from audit.checkpoints) - {LookedAt}
            group by c.id, c.note having count(*) >= $1 order by c.id desc
            """, connection);
        command.Parameters.Add(Sql.Parameter((long)policy.Needed));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            if (SignedNote.TryParse(reader.GetString(0) + string.Concat(reader.GetFieldValue<string[]>(1))) is { } note && policy.IsCosigned(note, now))
                return note;
        }
        return null;
    }
}
