using System.Text;
using System.Text.Json;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Hosting.Audit;

/// <summary>What a bundle is about: the case with its calls and referrals.</summary>
/// <param name="Subjects">The case's own id first.</param>
public sealed record BundleSubject(string Code, IReadOnlyList<Guid> Subjects)
{
    public Guid Case => Subjects[0];
}

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
        var entries = new List<BundleEntry>();
        var receipts = await ReceiptsAsync(connection, subject.Subjects, cancel);
        // A restored log began anew: what is older stands in the one before, under that one's own checkpoint.
        foreach (var (epoch, _) in await CountAsync(connection, pseudonyms, cancel))
            await AddAsync(connection, epoch, pseudonyms, receipts, entries, now, cancel);
        return new Bundle
        {
            Form = Bundle.CurrentForm,
            Party = party,
            Case = subject.Code,
            MadeAt = now,
            Directory = directory.Token,
            Pin = Jwk(),
            Entries = entries,
            Waiting = (await CountAsync(connection, pseudonyms, cancel)).Sum(c => c.Leaves) - entries.Count,
        };
    }

    /// <summary>The certificate of a case's destruction; without an entry where it was not shredded, or where that waits for cosignatures.</summary>
    public async Task<(Certificate? Certificate, bool Waiting)> CertifyAsync(NpgsqlConnection connection, Guid subject, string code, DateTimeOffset now, CancellationToken cancel)
    {
        var pseudonyms = new[] { leaves.Subject(subject) };
        var shredded = 0L;
        foreach (var (epoch, _) in (await CountAsync(connection, pseudonyms, cancel)).OrderByDescending(c => c.Epoch))
        {
            var found = (await LeavesAsync(connection, epoch, long.MaxValue, pseudonyms, cancel)).FindAll(l => l.Arrived.Record.Kind.EndsWith(".shredded", StringComparison.Ordinal));
            shredded += found.Count;
            var cosigned = directory.PolicyOf(party) is { } policy ? await CosignedHead.FindAsync(connection, policy, now, cancel, epoch) : null;
            if (cosigned is null || Checkpoint.TryParse(cosigned.Text) is not { } head || found.FindLast(l => l.Index < head.Size) is not { Leaf: not null } last)
                continue;
            var entry = await EntryAsync(connection, epoch, last, head, cosigned, [], cancel);
            return (new Certificate { Form = Certificate.CurrentForm, Party = party, Case = code, MadeAt = now, Directory = directory.Token, Pin = Jwk(), Destruction = entry }, false);
        }
        return (null, shredded > 0);
    }

    async Task AddAsync(
        NpgsqlConnection connection, int epoch, string[] pseudonyms, Dictionary<string, string> receipts, List<BundleEntry> entries, DateTimeOffset now, CancellationToken cancel)
    {
        if (await HeadAsync(connection, epoch, now, cancel) is not { } note || Checkpoint.TryParse(note.Text) is not { } head)
            return;
        foreach (var leaf in await LeavesAsync(connection, epoch, head.Size, pseudonyms, cancel))
            entries.Add(await EntryAsync(connection, epoch, leaf, head, note, receipts, cancel));
    }

    async Task<BundleEntry> EntryAsync(
        NpgsqlConnection connection, int epoch, (long Index, string Leaf, Arrived Arrived) found, Checkpoint head, SignedNote note, Dictionary<string, string> receipts, CancellationToken cancel)
    {
        var (index, leaf, arrived) = found;
        var path = await LogTables.ProofAsync(connection, epoch, ProofPlan.Inclusion(index, head.Size), cancel);
        var salt = await SaltAsync(arrived, cancel);
        // What cannot be held against the leaf is not said.
        return new BundleEntry(
            leaf, new TlogProof(index, path, head, note).ToString(), salt is null ? string.Empty : Encoding.UTF8.GetString(arrived.Committed), salt,
            arrived.Record.Receipt is { } digest ? receipts.GetValueOrDefault(digest) : null);
    }

    JsonElement Jwk()
    {
        using var jwk = JsonDocument.Parse(pin.ToJson());
        return jwk.RootElement.Clone();
    }

    /// <summary>The epoch's newest cosigned checkpoint; without one the newest at all, and whoever checks the bundle is told.</summary>
    async Task<SignedNote?> HeadAsync(NpgsqlConnection connection, int epoch, DateTimeOffset now, CancellationToken cancel) =>
        (directory.PolicyOf(party) is { } policy ? await CosignedHead.FindAsync(connection, policy, now, cancel, epoch) : null)
        ?? (await Checkpoints.LastAsync(connection, cancel, epoch))?.Note;

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

    static async Task<List<(int Epoch, long Leaves)>> CountAsync(NpgsqlConnection connection, string[] subjects, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select epoch, count(*) from audit.leaves where subject = any($1) group by epoch order by epoch", connection);
        command.Parameters.Add(Sql.Parameter(subjects));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var counts = new List<(int, long)>();
        while (await reader.ReadAsync(cancel))
            counts.Add((reader.GetInt32(0), reader.GetInt64(1)));
        return counts;
    }
}
