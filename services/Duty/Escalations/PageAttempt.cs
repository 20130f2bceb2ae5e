using System.Text;
using Hotline.Duty.Calendar;
using Hotline.Duty.Roster;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Duty.Escalations;

/// <summary>States of a page to one target on one channel (escalation.md, "Channels").</summary>
public static class AttemptStates
{
    public const string Pending = "pending";
    public const string Sending = "sending";
    public const string Accepted = "accepted-by-provider";
    public const string Delivered = "delivered";
    public const string Answered = "answered";
    public const string Failed = "failed";
    public const string NotSent = "not-sent";
}

/// <summary>Channels of a page.</summary>
public static class PageChannels
{
    public const string Console = "console";
    public const string Email = "email";
    public const string Sms = "sms";
    public const string Voice = "voice";

    /// <summary>A person must ring: the target has nothing that a program may use.</summary>
    public const string Call = "call";
}

/// <summary>
/// Makes the rows of one order of pages. Addresses are sealed: what is ordered may wait in the database for hours.
/// </summary>
sealed class PageOrders(StorageKeys storage)
{
    public IEnumerable<NpgsqlBatchCommand> Insert(
        Escalation escalation, PageOrder order, IReadOnlyList<PageTarget> targets, Clocks clocks, DateTimeOffset now)
    {
        var ringFrom = clocks.RingFrom(escalation.Urgency, now, escalation.DeadlineAt ?? now);
        foreach (var (target, channels) in targets)
        {
            // One page for a target and channel, to the address that comes first; a proved one before one that is not.
            var contacts = target.ContactsFor(escalation.Urgency, channels).GroupBy(c => c.Channel)
                .Select(same => same.OrderByDescending(c => c.Verified).First()).ToList();
            foreach (var contact in contacts)
                yield return Row(escalation, order, target, contact.Channel, contact.Address,
                    contact.Channel is PageChannels.Sms or PageChannels.Voice ? ringFrom : now, now);
            if (contacts.Count == 0)
                yield return Row(escalation, order, target, PageChannels.Call, null, now, now);
        }
    }

    NpgsqlBatchCommand Row(
        Escalation escalation, PageOrder order, Target target, string channel, string? address, DateTimeOffset dueAt, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var call = channel == PageChannels.Call;
        return Sql.Command(
            """
            insert into page_attempts (id, escalation_id, generation, loop, step, urgency, target, target_id, target_kind, channel, address,
              state, reason, due_at, created_at, settled_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            on conflict (escalation_id, generation, loop, step, target_id, channel) do nothing
            """,
            id, escalation.Id, order.Generation, order.Loop, order.Step, escalation.Urgency, target.Alias, target.Id, target.Kind.ToString(), channel,
            address is null ? null : storage.SealSecret(Encoding.UTF8.GetBytes(address), Context(id)),
            call ? AttemptStates.NotSent : AttemptStates.Pending, call ? "call-sheet" : null, call ? null : dueAt, now, call ? now : null);
    }

    public string Open(Guid attempt, byte[] address) => Encoding.UTF8.GetString(storage.OpenSecret(address, Context(attempt)));

    static string Context(Guid attempt) => $"page_attempts/{attempt}/address";
}

/// <summary>Whom to page, on which channels of the step.</summary>
sealed record PageTarget(Target Target, IReadOnlyList<string> Channels);
