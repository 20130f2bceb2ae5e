namespace Hotline.Testing.Running;

/// <summary>What requests leave behind in a party's database.</summary>
public static class Traces
{
    static readonly string[] Tables =
        ["accounts", "designations", "idempotency_keys", "calls", "cases", "case_calls", "referrals", "referral_history", "sent_messages", "inbox"];

    const string UnderWay =
        """
        select exists (select from outbox where parked_at is null and kind <> 'escalation.advanced')
          or exists (select from sent_messages where receipted_at is null and withdrawn_at is null and kind <> 'escalation.advanced'
            and created_at > hotline_now() - interval '30 seconds')
        """;

    /// <summary>
    /// Number and content of the rows that requests make or change, as one text: equal before and after a refusal. What
    /// pages and the watch write meanwhile is left out; what was said before is waited for, until it is receipted or
    /// somebody seems to be away.
    /// </summary>
    public static async Task<string> OfRequestsAsync(this RunningHotline hotline, string party)
    {
        for (var looks = 0; looks < 20 && await hotline.ScalarAsync<bool>(party, UnderWay); looks++)
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        var present = await hotline.ScalarAsync<string[]>(party, "select array_agg(t) from unnest($1) as t where to_regclass(t) is not null", (object)Tables);
        return (await hotline.ScalarAsync<string>(party, $"select string_agg(found, ', ') from ({string.Join(" union all ", present!.Select(Of))}) as f(found)"))!;

        static string Of(string table) =>
            $"""
            select '{table}: ' || count(*) || ' ' || coalesce(sum(hashtextextended((row - array['sent_epoch', 'sent_seq', 'peer_epoch', 'peer_seq', 'watch_due_at', 'watch_late', 'first_paged_at', 'unreachable_at'])::text, 0)::numeric), 0)
            from (select to_jsonb(t) as row from {table} t) as rows where coalesce(row->>'kind', row->>'event', '') <> 'escalation.advanced'
            """;
    }
}
