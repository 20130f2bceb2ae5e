using Hotline.Handling.Profiles;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>By when somebody must have acknowledged: from the agency's profile, on the database's clock.</summary>
public sealed class Deadlines(AgencyProfile profile)
{
    /// <summary>Null where the profile sets no clock for the urgency.</summary>
    public DateTimeOffset? AcknowledgeBy(string urgency, DateTimeOffset now) =>
        profile.AcknowledgeWithin.TryGetValue(urgency, out var within) ? now + within : null;

    /// <summary>Nobody answers for the referral any more: the clock of its urgency starts again.</summary>
    public NpgsqlBatchCommand Restart(Guid referral, DateTimeOffset now) => Sql.Command(
        """
        update referrals set acknowledged_at = null, acknowledged_by = null,
          acknowledge_by = (select at from unnest($2::text[], $3::timestamptz[]) as clock(urgency, at) where clock.urgency = referrals.urgency)
        where id = $1
        """,
        referral, profile.AcknowledgeWithin.Keys.ToArray(), profile.AcknowledgeWithin.Values.Select(w => (now + w).UtcDateTime).ToArray());
}
