using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.Administration;

/// <summary><c>/administration/sessions</c>: who is signed in, on what; an administrator ends any of them.</summary>
static class ShowSessions
{
    public const string Address = "/administration/sessions";

    public const string Select =
        """
        select s.id, a.id, a.user_name, s.client, s.created_at, s.last_active_at, s.expires_at
        from sessions s join accounts a on a.id = s.account_id where s.revoked_at is null and s.expires_at > hotline_now() and a.disabled_at is null
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage(Address, HandleAsync).RequireRole(Roles.Administrator);
        routes.MapForm($"{Address}/{{id:guid}}/end", EndAsync).RequireRole(Roles.Administrator);
    }

    static async Task<IResult> HandleAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"{Select} order by s.created_at desc limit 200");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var sessions = new List<SessionLine>();
        while (await reader.ReadAsync(cancel))
            sessions.Add(Read(reader));
        return Pages.Show<SessionsPage>(new { Sessions = (IReadOnlyList<SessionLine>)sessions });
    }

    public static SessionLine Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.Maybe<string>(3), reader.Time(4), reader.IsDBNull(5) ? null : reader.Time(5), reader.Time(6));

    static async Task<IResult> EndAsync(Guid id, HttpContext http, AccountChanges changes, CancellationToken cancel)
    {
        var to = Pages.Back((await http.Request.ReadFormAsync(cancel))["to"]);
        var (account, refusal) = await changes.EndSessionAsync(http.Caller(), id, cancel);
        return refusal is null ? Results.LocalRedirect(to ?? $"{ShowAccounts.Address}/{account}") : Pages.Refuse(refusal);
    }
}
