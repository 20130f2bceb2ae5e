using System.Text;
using System.Text.Json;
using Hotline.Contracts;
using Hotline.Duty.Roster;
using Hotline.Sealing;

namespace Hotline.Testing.Running;

/// <summary>Puts accounts of a running hotline on duty, straight in the database.</summary>
public static class OnDutyOfficers
{
    /// <summary>A proved contact: <c>sms:0912…</c>, <c>voice:…</c> or <c>email:…</c>.</summary>
    public static async Task AddContactAsync(this RunningHotline hotline, string party, string userName, string contact)
    {
        var storage = StorageKeys.Load(hotline.Installation.Parties[party].Settings.KeyFolder);
        var (id, parts) = (Guid.CreateVersion7(), contact.Split(':', 2));
        await hotline.ExecuteAsync(
            party,
            """
            insert into officer_contacts (id, account_id, channel, address, position, verified_at, added_at)
            values ($1, (select id from accounts where user_name = $2), $3, $4, 0, hotline_now(), hotline_now())
            """,
            id, userName, parts[0], storage.SealSecret(Encoding.UTF8.GetBytes(parts[1]), $"officer_contacts/{id}/address"));
    }

    /// <summary>From now on these are on duty in the unit, day and night: <c>layer=user,user</c>.</summary>
    public static Task PutOnDutyAsync(this RunningHotline hotline, string party, string unit, params string[] layers) =>
        hotline.WriteRosterAsync(party, new UnitRoster
        {
            Unit = unit,
            Name = unit,
            TimeZone = "Asia/Ho_Chi_Minh",
            Staffed = UnitRoster.Always,
            Layers = [.. layers.Select(l => l.Split('=')).Select(l => new Layer
            {
                Name = l[0],
                Rotations = [.. l[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(user => new Rotation
                {
                    Name = user, Every = Rotation.Daily, StartsOn = new DateOnly(2020, 1, 1), HandOverAt = "08:00", Officers = [user],
                })],
            })],
        });

    /// <summary>From now on this roster holds.</summary>
    public static Task WriteRosterAsync(this RunningHotline hotline, string party, UnitRoster roster) =>
        hotline.ExecuteAsync(
            party,
            """
            insert into rosters (unit, version, valid_from, content, changed_by, changed_at)
            values ($1, (select coalesce(max(version), 0) + 1 from rosters where unit = $1), hotline_now(), $2::jsonb, 'test', hotline_now())
            """,
            roster.Unit, JsonSerializer.Serialize(roster, Wire.Json));
}
