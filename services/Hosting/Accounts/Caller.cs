using Microsoft.AspNetCore.Http;

namespace Hotline.Hosting.Accounts;

/// <summary>The five roles (http.md, "Accounts").</summary>
public static class Roles
{
    public const string Operator = "operator";
    public const string Supervisor = "supervisor";
    public const string Administrator = "administrator";
    public const string DutyOfficer = "dutyOfficer";
    public const string FocalPoint = "focalPoint";
}

/// <summary>Who is asking, as the database says at this instant.</summary>
/// <param name="Alias">What messages, lists and records call the person.</param>
/// <param name="Unit"><c>central</c> or a province code.</param>
/// <param name="Designated">Whether a designation as focal point is in force now: this opens content, not the role.</param>
public sealed record Caller(
    Guid AccountId, string UserName, string Alias, string? DisplayName, string? Title, string? Unit, IReadOnlySet<string> Roles, bool Designated);

public static class CallerOfRequest
{
    static readonly object Key = new();

    /// <exception cref="InvalidOperationException">The route asks for no sign-in.</exception>
    public static Caller Caller(this HttpContext http) => http.SignedInSession().Caller;

    /// <exception cref="InvalidOperationException">The route asks for no sign-in.</exception>
    public static Session SignedInSession(this HttpContext http) =>
        http.MaybeSession() ?? throw new InvalidOperationException("The route has no caller.");

    /// <summary>Null where nobody is signed in.</summary>
    public static Session? MaybeSession(this HttpContext http) => http.Items[Key] as Session;

    internal static void SetSession(this HttpContext http, Session session) => http.Items[Key] = session;
}
