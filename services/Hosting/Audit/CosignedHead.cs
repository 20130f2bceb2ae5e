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
    /// <param name="epoch">Of that log only; null = of whichever is the newest.</param>
    public static async Task<SignedNote?> FindAsync(NpgsqlConnection connection, WitnessPolicy policy, DateTimeOffset now, CancellationToken cancel, int? epoch = null)
    {
        await using var command = new NpgsqlCommand(
            $"""
            with newest as materialized (
              select id, epoch, size, note from audit.checkpoints where $2::int is null or epoch = $2 order by id desc limit {LookedAt})
            select c.note, array_agg(s.line order by s.witness) from newest c
            join (select distinct on (epoch, size, witness) epoch, size, witness, line from audit.cosignatures
                  where (epoch, size) in (select epoch, size from newest)
                  order by epoch, size, witness, at desc) s on s.epoch = c.epoch and s.size = c.size
            group by c.id, c.note having count(*) >= $1 order by c.id desc
            """, connection);
        command.Parameters.Add(Sql.Parameter((long)policy.Needed));
        command.Parameters.Add(Sql.Parameter(epoch));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            if (SignedNote.TryParse(reader.GetString(0) + string.Concat(reader.GetFieldValue<string[]>(1))) is { } note && policy.IsCosigned(note, now))
                return note;
        }
        return null;
    }
}
