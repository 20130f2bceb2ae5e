namespace Hotline.Testing.Running;

/// <summary>What requests leave behind in a party's database.</summary>
public static class Traces
{
    static readonly string[] Tables =
        ["accounts", "designations", "idempotency_keys", "calls", "cases", "case_calls", "referrals", "referral_history", "sent_messages", "inbox"];

    /// <summary>Number and content of the rows that requests make or change, as one text: equal before and after a refusal.</summary>
    public static async Task<string> OfRequestsAsync(this RunningHotline hotline, string party)
    {
        var found = new List<string>();
        foreach (var table in Tables)
            if (await hotline.ScalarAsync<bool>(party, "select to_regclass($1) is not null", table))
                found.Add($"{table}: " + await hotline.ScalarAsync<string>(
                    party, $"select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {table} t"));
        return string.Join(", ", found);
    }
}
