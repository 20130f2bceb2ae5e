using Hotline.Duty.Escalations;
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
static class Visibility
{
    /// <summary>The condition on <c>referrals</c>; its parameters are <see cref="Bind"/>'s, from this number on.</summary>
    public static string Where(int first) => $"(${first} = '{AgencyProfile.CentralUnit}' or unit = ${first} or assigned_to = ${first + 1} or {Paged.Where("referrals.id", $"${first + 1}")} or {OpenGlass.Where("referrals.id", $"${first + 1}")})";

    public static void Bind(NpgsqlCommand command, Caller caller)
    {
        command.Parameters.Add(Sql.Parameter(caller.Unit ?? string.Empty));
        command.Parameters.Add(Sql.Parameter(caller.AccountId));
    }
}
