using Hotline.Contracts;

namespace Hotline.Hosting.Accounts;

/// <summary>Which accounts a party can have.</summary>
public static class AccountRules
{
    /// <summary>The roles that the party's service knows (http.md, "Accounts").</summary>
    public static IReadOnlyList<string> RolesAt(string party) => party == Parties.Hub
        ? [Roles.Operator, Roles.Supervisor, Roles.Administrator]
        : [Roles.DutyOfficer, Roles.FocalPoint, Roles.Administrator];

    /// <summary>Null, or why the roles cannot stand together: who administers sees no victim data, so that role stands alone.</summary>
    public static Refusal? CheckRoles(string party, IReadOnlyList<string> roles)
    {
        if (roles.Count == 0)
            return Refusal.With("request.malformed", "at", "/roles");
        if (roles.Except(RolesAt(party)).Any())
            return Refusal.With("request.unknown-code", "at", "/roles");
        return roles.Contains(Roles.Administrator) && roles.Distinct().Count() > 1 ? Refusal.With("account.administrator-alone", "at", "/roles") : null;
    }

    /// <summary>Null, or why it is no unit: <c>central</c> or the code of a province.</summary>
    public static Refusal? CheckUnit(string unit) =>
        unit == "central" || CodeList.Of("province").Contains(unit) ? null : Refusal.With("request.unknown-code", "at", "/unit");
}
