using Hotline.Hosting.Audit;
using Hotline.Hosting.Referrals;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Hosting.Messages;

/// <summary>
/// What a party does with a message about a referral. The hub's is in <c>Intake</c>, the agencies' in <c>Handling</c>.
/// Both are called inside the inbox's transaction with the referral locked, and only write through <see cref="Effects"/>.
/// </summary>
public interface IReferralParty
{
    /// <summary>Takes a message that was never seen before.</summary>
    /// <returns>Null, or the code to reject it with.</returns>
    string? Receive(Received message, Effects effects);

    /// <summary>The peer has this party's message on its disk.</summary>
    /// <param name="receipt">The signed receipt that says so.</param>
    void Delivered(string kind, Received receipt, Effects effects);

    /// <summary>
    /// A peer holds a message that this database has never sent: it was restored from before that. Brings the referral
    /// back as far as can be.
    /// </summary>
    /// <returns>Null, or the code to park the receipt with.</returns>
    string? Recover(Received receipt, Effects effects);

    /// <summary>A transaction with effects of this party is committed: whoever works on what it left may be woken.</summary>
    void Committed()
    {
        // Most have nobody to wake.
    }

    /// <summary>A peer's sign of life.</summary>
    NpgsqlBatchCommand? Beat(string sender, DateTimeOffset now);
}

/// <summary>What one message changes: collected here, written in one batch.</summary>
public sealed class Effects(Post post, DataKey key, ReferralRow? row, DateTimeOffset now, List<NpgsqlBatchCommand> batch)
{
    readonly List<Func<NpgsqlConnection, CancellationToken, Task>> afterwards = [];

    /// <summary>The locked referral, or null when this party has never heard of it.</summary>
    public ReferralRow? Row { get; private set; } = row;

    /// <summary>The key that everything of this referral is sealed under here.</summary>
    public DataKey Key => key;

    public DateTimeOffset Now => now;

    /// <summary>Whether <see cref="Row"/> has to be written back.</summary>
    public bool Changed { get; private set; }

    public void Create(ReferralRow created, NpgsqlBatchCommand insert)
    {
        Row = created;
        batch.Add(insert);
    }

    public void Change(Action<ReferralRow> change)
    {
        change(Row!);
        Row!.Unseen = false;
        Changed = true;
    }

    /// <summary>A change that a person who is looking at the referral need not see before acting on it.</summary>
    public void ChangeUnseen(Action<ReferralRow> change)
    {
        change(Row!);
        Row!.Unseen ??= true;
        Changed = true;
    }

    public void Write(NpgsqlBatchCommand command) => batch.Add(command);

    /// <summary>
    /// Work in the same transaction, after everything else was written: for the rare message whose effect depends on
    /// rows that only reading can tell.
    /// </summary>
    public void After(Func<NpgsqlConnection, CancellationToken, Task> work) => afterwards.Add(work);

    internal IReadOnlyList<Func<NpgsqlConnection, CancellationToken, Task>> Afterwards => afterwards;

    /// <inheritdoc cref="ReferralRow.History"/>
    public void History(string happened, string actor, DateTimeOffset at, Guid? jti, AuditRecord? record = null) =>
        batch.Add(Row!.History(happened, actor, at, jti, record));

    /// <summary>Answers the peer with a message about this referral.</summary>
    public Guid Send<TBody>(string kind, TBody body)
    {
        Changed = true;
        Row!.Unseen = false;
        return post.Write(Row!, key, kind, body, now, batch).Jti;
    }
}
