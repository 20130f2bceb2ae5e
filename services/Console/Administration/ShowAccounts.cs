using Hotline.Hosting.Accounts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Console.Administration;

/// <summary>An account in the list.</summary>
/// <param name="Designated">Whether a designation as focal point is in force now.</param>
public sealed record AccountLine(
    Guid Id, string UserName, string Alias, string? DisplayName, string Unit, IReadOnlyList<string> Roles, bool Disabled, bool Enrolled, bool Designated, DateTimeOffset CreatedAt);

/// <summary><c>GET /administration/accounts</c>: who can sign in here, as what.</summary>
static class ShowAccounts
{
    public const string Address = "/administration/accounts";
    public const int OnAPage = 50;

    public const string Columns =
        """
        a.id, a.user_name, a.alias, a.display_name, a.unit, a.roles, a.disabled_at is not null, a.totp_enrolled,
        exists (select from designations d where d.account_id = a.id and d.revoked_at is null
          and d.valid_from <= hotline_now() and (d.valid_until is null or d.valid_until > hotline_now())), a.created_at
        """;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPage(Address, HandleAsync).RequireRole(Roles.Administrator);

    static async Task<IResult> HandleAsync(string? role, int? page, NpgsqlDataSource database, CancellationToken cancel)
    {
        var shown = Math.Clamp(page ?? 1, 1, 10_000);
        await using var command = database.CreateCommand(
            $"select {Columns} from accounts a where $1::text is null or $1 = any(a.roles) order by a.user_name limit $2 offset $3");
        command.Parameters.Add(Sql.Parameter(string.IsNullOrEmpty(role) ? null : role));
        command.Parameters.Add(Sql.Parameter(OnAPage + 1));
        command.Parameters.Add(Sql.Parameter((shown - 1) * OnAPage));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<AccountLine>();
        while (await reader.ReadAsync(cancel))
            lines.Add(Read(reader));
        return Pages.Show<AccountsPage>(new { Lines = (IReadOnlyList<AccountLine>)[.. lines.Take(OnAPage)], More = lines.Count > OnAPage, Number = shown, Role = role });
    }

    public static AccountLine Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Maybe<string>(3), reader.GetString(4), reader.GetFieldValue<string[]>(5),
        reader.GetBoolean(6), reader.GetBoolean(7), reader.GetBoolean(8), reader.Time(9));
}
