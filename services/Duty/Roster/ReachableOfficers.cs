using Npgsql;

namespace Hotline.Duty.Roster;

/// <summary>By which channels each officer has proved to be reachable. No address is read for it.</summary>
sealed class ReachableOfficers
{
    readonly Dictionary<string, HashSet<string>> verified = [];
    readonly List<ReadReadiness.Unverified> unverified = [];

    public IReadOnlyList<ReadReadiness.Unverified> Unverified => unverified;

    public static async Task<ReachableOfficers> LoadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select a.user_name, c.id, c.channel, c.verified_at is not null
            from accounts a left join officer_contacts c on c.account_id = a.id and c.removed_at is null
            where a.disabled_at is null order by a.user_name, c.position, c.id
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new ReachableOfficers();
        while (await reader.ReadAsync(cancel))
        {
            var channels = found.verified.TryGetValue(reader.GetString(0), out var known) ? known : found.verified[reader.GetString(0)] = [];
            if (reader.IsDBNull(1))
                continue;
            if (reader.GetBoolean(3))
                channels.Add(reader.GetString(2));
            else
                found.unverified.Add(new ReadReadiness.Unverified(reader.GetString(0), reader.GetGuid(1), reader.GetString(2)));
        }
        return found;
    }

    /// <summary>Why a page might not wake the officer; none where it would.</summary>
    public IReadOnlyList<string> ReasonsFor(string userName)
    {
        if (!verified.TryGetValue(userName, out var channels))
            return ["account-ended"];
        var reasons = new List<string>();
        if (!channels.Contains("sms") && !channels.Contains("voice"))
            reasons.Add("no-verified-phone");
        if (!channels.Contains("email"))
            reasons.Add("no-verified-email");
        return reasons;
    }
}
