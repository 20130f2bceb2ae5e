using Hotline.Duty.Escalations;
using Hotline.Duty.Roster;
using Hotline.Handling.Profiles;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.BreakGlass;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>
/// Who inside the agency may know of a referral (R10): its handling unit, the officer it is assigned to, those on duty for
/// it, the level above, which is the central unit, and who broke the glass on it. For everybody else it does not exist.
/// </summary>
/// <param name="Desks">The caller's own unit, and those at which the caller is on duty now.</param>
sealed record Visibility(Guid Account, string[] Desks)
{
    /// <summary>The condition on <c>referrals</c>; its parameters are <see cref="Bind"/>'s, from this number on.</summary>
    public static string Where(int first) => $"(${first} @> array['{AgencyProfile.CentralUnit}'] or unit = any(${first}) or assigned_to = ${first + 1} or {Paged.Where("referrals.id", $"${first + 1}")} or {OpenGlass.Where("referrals.id", $"${first + 1}")})";

    public static async Task<Visibility> OfAsync(Caller caller, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await OfAsync(caller, connection, cancel);
    }

    public static async Task<Visibility> OfAsync(Caller caller, NpgsqlConnection connection, CancellationToken cancel) => new(
        caller.AccountId,
        caller.Unit == AgencyProfile.CentralUnit ? [caller.Unit]
        : [.. new[] { caller.Unit }.OfType<string>(), .. await UnitsOnDuty.OfAsync(connection, caller.UserName, cancel)]);

    public void Bind(NpgsqlCommand command)
    {
        command.Parameters.Add(Sql.Parameter(Desks));
        command.Parameters.Add(Sql.Parameter(Account));
    }
}
