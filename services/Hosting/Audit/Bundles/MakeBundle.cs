using System.Text;
using System.Text.Json;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>What a bundle is about: the case with its calls and referrals.</summary>
public sealed record BundleSubject(string Code, IReadOnlyList<Guid> Subjects);

/// <summary>
/// Makes the evidence bundle of one case: facts, proofs and receipts, no content. Proofs are against the newest checkpoint
/// with a quorum of cosignatures; what is younger waits.
/// </summary>
public sealed class MakeBundle(string party, KeyDirectory directory, DirectoryPin pin, DataKeys keys, StorageKeys storage)
{
    readonly AuditLeaf leaves = new(storage);

    public async Task<Bundle> OfAsync(NpgsqlConnection connection, BundleSubject subject, DateTimeOffset now, CancellationToken cancel)
    {
        var pseudonyms = subject.Subjects.Select(leaves.Subject).ToArray();
        var note = await HeadAsync(connection, now, cancel);
        var entries = new List<BundleEntry>();
        if (note is not null && Checkpoint.TryParse(note.Text) is { } head && LogParties.Origin(head.Origin) is var (_, epoch))
        {
            var receipts = await ReceiptsAsync(connection, subject.Subjects, cancel);
            foreach (var (index, leaf, arrived) in await LeavesAsync(connection, epoch, head.Size, pseudonyms, cancel))
            {
                var path = await LogTables.ProofAsync(connection, epoch, ProofPlan.Inclusion(index, head.Size), cancel);
                entries.Add(new BundleEntry(
                    leaf, new TlogProof(index, path, head, note).ToString(), Encoding.UTF8.GetString(arrived.Committed), await SaltAsync(arrived, cancel),
                    arrived.Record.Receipt is { } digest ? receipts.GetValueOrDefault(digest) : null));
            }
        }
        using var jwk = JsonDocument.Parse(pin.ToJson());
        return new Bundle
        {
            Form = Bundle.CurrentForm, Party = party, Case = subject.Code, MadeAt = now, Directory = directory.Token, Pin = jwk.RootElement.Clone(), Entries = entries,
            Waiting = await CountAsync(connection, pseudonyms, cancel) - entries.Count,
        };
    }

    /// <summary>The newest cosigned checkpoint; without one the newest at all, and whoever checks the bundle is told.</summary>
    async Task<SignedNote?> HeadAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel) =>
        (directory.PolicyOf(party) is { } policy ? await CosignedHead.FindAsync(connection, policy, now, cancel) : null)
        ?? (await Checkpoints.LastAsync(connection, cancel))?.Note;

    static async Task<List<(long Index, string Leaf, Arrived Arrived)>> LeavesAsync(
        NpgsqlConnection connection, int epoch, long size, string[] subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select l.index, l.leaf, r.id, r.at, r.leaf, h.id, h.referral_id, h.at, h.event, h.actor, h.state, h.jti
            from audit.leaves l join audit.records r on r.id = l.record_id left join referral_history h on h.id = r.history_id
            where l.subject = any($1) and l.epoch = $2 and l.index < $3 order by l.index
            """, connection);
        command.Parameters.Add(Sql.Parameter(subjects));
        command.Parameters.Add(Sql.Parameter(epoch));
        command.Parameters.Add(Sql.Parameter(size));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<(long, string, Arrived)>();
        while (await reader.ReadAsync(cancel))
            found.Add((reader.GetInt64(0), reader.GetString(1), Sequencer.Read(reader, from: 2)));
        return found;
    }

    async Task<string?> SaltAsync(Arrived arrived, CancellationToken cancel)
    {
        if (arrived.Record.Key is not { } id)
            return Digest.Text(leaves.Salt(arrived, null));
        var found = await keys.GetAsync([id], cancel);
        return found.TryGetValue(id, out var key) ? Digest.Text(key.CommitmentSalt()) : null;
    }

    /// <summary>The peers' receipts for what was sent about these referrals, and those given, by digest.</summary>
    static async Task<Dictionary<string, string>> ReceiptsAsync(NpgsqlConnection connection, IReadOnlyList<Guid> referrals, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select receipt from sent_messages where referral_id = any($1) and receipt is not null
            union all select receipt from inbox where referral_id = any($1)
            """, connection);
        command.Parameters.Add(Sql.Parameter(referrals.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var receipts = new Dictionary<string, string>();
        while (await reader.ReadAsync(cancel))
            receipts[Digest.Text(Digest.Of(reader.GetString(0)))] = reader.GetString(0);
        return receipts;
    }

    static async Task<long> CountAsync(NpgsqlConnection connection, string[] subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select count(*) from audit.leaves where subject = any($1)", connection);
        command.Parameters.Add(Sql.Parameter(subjects));
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
