using Hotline.Testing;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests;

/// <summary>What "exactly once in effect" means, asked of both sides' databases.</summary>
static class Handover
{
    /// <summary>
    /// Waits until every message between the hub and the agency has its receipt. Clocks are moved, so that what got
    /// lost on the way is sent again now and not in an hour.
    /// </summary>
    public static async Task SettlesAsync(this RunningHotline hotline, params string[] agencies)
    {
        for (var round = 1; ; round++)
        {
            try
            {
                foreach (var party in agencies.Append("intake"))
                    await hotline.SettlesAsync(party, TimeSpan.FromSeconds(round == 1 ? 20 : 90));
                return;
            }
            catch (AssertionException) when (round < 3)
            {
                await hotline.FastForwardAsync(TimeSpan.FromMinutes(61));
            }
        }
    }

    /// <summary>However many there are, as long as they become fewer.</summary>
    static async Task SettlesAsync(this RunningHotline hotline, string party, TimeSpan patience)
    {
        var open = await hotline.OpenMessagesAsync(party);
        while (open > 0)
        {
            var before = open;
            await Eventually.IsTrueAsync($"{party} has fewer than {before} messages without a receipt", async () => (open = await hotline.OpenMessagesAsync(party)) < before, patience);
        }
    }

    /// <summary>
    /// Messages on their way or without a receipt, as their sender knows it. Pages and probes go on for ever: what is told of
    /// them is no part of a hand-over.
    /// </summary>
    public static async Task<long> OpenMessagesAsync(this RunningHotline hotline, string party) => await hotline.ScalarAsync<long>(
        party,
        """
        select (select count(*) from sent_messages s where receipted_at is null and withdrawn_at is null and kind <> 'escalation.advanced'
            and not exists (select from referrals r where r.id = s.referral_id and r.class = 'probe'))
          + (select count(*) from outbox o where parked_at is null and kind not in ('escalation.advanced', 'receipt.delivered')
            and not exists (select from referrals r where r.id = o.referral_id and r.class = 'probe'))
        """);

    /// <summary>Each of the hub's referrals to the agency is there once, was delivered once, and nothing else is there.</summary>
    public static async Task IsOnceAsync(this RunningHotline hotline, string agency, IReadOnlyCollection<Guid> answered)
    {
        var hub = await hotline.IdsAsync("intake", "select id from referrals where peer = $1 and class <> 'probe' order by id", agency);
        var there = await hotline.IdsAsync(agency, "select id from referrals where reference is not null and class <> 'probe' order by id");
        Assert.That(answered, Is.SubsetOf(hub), "A referral answered 201 is not in the hub's database.");
        Assert.That(there, Is.EqualTo(hub), "The agency does not have the hub's referrals, each once.");

        var received = await hotline.IdsAsync(agency, "select i.referral_id from inbox i join referrals r on r.id = i.referral_id where kind = 'referral.sent' and r.class <> 'probe' order by 1");
        var opened = await hotline.IdsAsync(agency, "select h.referral_id from referral_history h join referrals r on r.id = h.referral_id where event = 'referral.sent' and r.class <> 'probe' order by 1");
        var audited = await hotline.IdsAsync(agency, "select (leaf::json->>'referral')::uuid from audit.records where leaf::json->>'kind' = 'referral.delivered' order by 1");
        var delivered = await hotline.IdsAsync("intake", "select h.referral_id from referral_history h join referrals r on r.id = h.referral_id where r.peer = $1 and r.class <> 'probe' and event = 'referral.delivered' order by 1", agency);
        var receipts = await hotline.IdsAsync("intake", "select s.referral_id from sent_messages s join referrals r on r.id = s.referral_id where receiver = $1 and kind = 'referral.sent' and r.class <> 'probe' and receipted_at is not null order by 1", agency);
        Assert.That(received, Is.EqualTo(hub), "Inbox rows.");
        Assert.That(opened, Is.EqualTo(hub), "Effects in the agency's history.");
        Assert.That(audited, Is.EqualTo(hub), "Effects in the agency's audit records.");
        Assert.That(receipts, Is.EqualTo(hub), "Receipts at the hub.");
        Assert.That(delivered, Is.EqualTo(hub), "Deliveries in the hub's history.");
    }

    /// <summary>Nobody had to put a message aside. A test moves one clock after the other: what was held for that is no matter.</summary>
    public static async Task NothingIsParkedAsync(this RunningHotline hotline)
    {
        foreach (var party in hotline.Installation.Parties.Keys)
            Assert.That(
                await hotline.ScalarAsync<string>(party, "select string_agg(code, ', ') from parked_messages where code <> 'clock.skew'"), Is.Null, $"Parked at {party}.");
    }

    public static async Task<IReadOnlyList<Guid>> IdsAsync(this RunningHotline hotline, string party, string query, params object?[] values) =>
        await hotline.ScalarAsync<Guid[]>(party, $"select coalesce(array_agg(id), '{{}}') from ({query}) as list(id)", values) ?? [];
}
