namespace Hotline.Testing.Running;

/// <summary>What requests leave behind in a party's database.</summary>
public static class Traces
{
    static readonly string[] Tables =
        ["accounts", "designations", "idempotency_keys", "calls", "cases", "case_calls", "referrals", "referral_history", "sent_messages", "inbox"];

    /// <summary>
    /// Number and content of the rows that requests make or change, as one text: equal before and after a refusal. What
    /// pages and the watch write meanwhile is left out.
    /// </summary>
    public static async Task<string> OfRequestsAsync(this RunningHotline hotline, string party)
    {
        var found = new List<string>();
        foreach (var table in Tables)
            if (await hotline.ScalarAsync<bool>(party, "select to_regclass($1) is not null", table))
                found.Add($"{table}: " + await hotline.ScalarAsync<string>(
                    party,
                    $"""
                    select count(*) || ' ' || coalesce(sum(hashtextextended((row - array['sent_epoch', 'sent_seq', 'peer_epoch', 'peer_seq', 'watch_due_at', 'watch_late', 'first_paged_at', 'unreachable_at'])::text, 0)::numeric), 0)
                    from (select to_jsonb(t) as row from {table} t) as rows where coalesce(row->>'kind', row->>'event', '') <> 'escalation.advanced'
                    """));
        return string.Join(", ", found);
    }
}
