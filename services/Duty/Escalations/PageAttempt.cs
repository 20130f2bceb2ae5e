using System.Text;
using Hotline.Duty.Calendar;
using Hotline.Duty.Channels;
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
    /// <summary>A console that is open shows the page in a moment; none open is known after this long.</summary>
    public static TimeSpan ConsoleShowsWithin { get; } = TimeSpan.FromSeconds(5);

    /// <param name="closed">What is known at once of a channel that no page can leave on now; null = it can be tried.</param>
    /// <param name="shown">What is to be shown on consoles after the commit is added here.</param>
    public IEnumerable<NpgsqlBatchCommand> Insert(
        Escalation escalation, PageOrder order, IReadOnlyList<PageTarget> targets, Clocks clocks, DateTimeOffset now, Func<string, SendOutcome?> closed,
        ICollection<ConsoleEvent> shown)
    {
        var kept = new List<(string Target, string Channel, SendOutcome Outcome)>();
        var ringFrom = clocks.RingFrom(escalation.Urgency, now, escalation.AckDueAt ?? escalation.DeadlineAt ?? now);
        foreach (var (target, channels) in targets)
        {
            // One page for a target and channel, to the address that comes first; a proved one before one that is not.
            var contacts = target.ContactsFor(escalation.Urgency, channels).GroupBy(c => c.Channel)
                .Select(same => same.OrderByDescending(c => c.Verified).First()).ToList();
            foreach (var contact in contacts)
            {
                var dueAt = contact.Channel is PageChannels.Sms or PageChannels.Voice ? ringFrom : now;
                // Of one that waits for its hour nobody knows yet what will be open then.
                var outcome = dueAt <= now && contact.Channel != PageChannels.Console ? closed(contact.Channel) : null;
                if (outcome is not null)
                    kept.Add((target.Alias, contact.Channel, outcome));
                yield return Row(escalation, order, target, contact.Channel, contact.Address, dueAt, now, outcome, shown);
            }
            if (contacts.Count == 0)
                yield return Row(escalation, order, target, PageChannels.Call, null, now, now, null, shown);
        }
        if (kept.Count > 0)
            yield return PageResults.NotSent(escalation, kept, now);
    }

    NpgsqlBatchCommand Row(
        Escalation escalation, PageOrder order, Target target, string channel, string? address, DateTimeOffset dueAt, DateTimeOffset now,
        SendOutcome? closed, ICollection<ConsoleEvent> shown)
    {
        var id = Guid.CreateVersion7(now);
        if (channel == PageChannels.Console)
            shown.Add(new ConsoleEvent("page", escalation.Subject) { Account = target.Id, Page = id, Reference = escalation.Reference, Urgency = escalation.Urgency });
        // Open consoles are told right after the commit; what a person must ring is for the call sheet.
        (string State, string? Reason, string? Gateway, DateTimeOffset? DueAt) sent = channel switch
        {
            PageChannels.Call => (AttemptStates.NotSent, "call-sheet", null, null),
            PageChannels.Console => (AttemptStates.Accepted, null, PageChannels.Console, now + ConsoleShowsWithin),
            _ when closed is not null => (closed.State, closed.Reason, null, null),
            _ => (AttemptStates.Pending, null, null, dueAt),
        };
        return Rows.Of(
            """
            insert into page_attempts (id, escalation_id, generation, loop, step, urgency, target, target_id, target_kind, channel, address,
              state, reason, gateway, tries, due_at, created_at, sent_at, settled_at)
            select id, escalation_id, generation, loop, step, urgency, target, target_id, target_kind, channel, address,
              state, reason, gateway, case when gateway is null then 0 else 1 end, due_at, created_at, case when gateway is not null then created_at end,
              case when due_at is null then created_at end
            from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::text[], $7::text[], $8::uuid[], $9::text[], $10::text[], $11::bytea[],
              $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::timestamptz[])
              as n(id, escalation_id, generation, loop, step, urgency, target, target_id, target_kind, channel, address, state, reason, gateway, due_at, created_at)
            on conflict (escalation_id, generation, loop, step, target_id, channel) do nothing
            """,
            id, escalation.Id, order.Generation, order.Loop, order.Step, escalation.Urgency, target.Alias, target.Id, target.Kind.ToString(), channel,
            address is null || sent.State != AttemptStates.Pending ? null : storage.SealSecret(Encoding.UTF8.GetBytes(address), Context(id)), sent.State, sent.Reason, sent.Gateway, sent.DueAt, now);
    }

    public string Open(Guid attempt, byte[] address) => Encoding.UTF8.GetString(storage.OpenSecret(address, Context(attempt)));

    static string Context(Guid attempt) => $"page_attempts/{attempt}/address";
}

/// <summary>Whom to page, on which channels of the step.</summary>
sealed record PageTarget(Target Target, IReadOnlyList<string> Channels);
