using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Consents;

/// <summary><c>GET /api/v1/cases/{id}/consents</c>: who agreed to what, until when, and what was withdrawn; coded, without the proofs.</summary>
public static class ReadConsents
{
    public sealed record Item(Guid Id, string Agency, string? Purpose, string By, DateTimeOffset From, DateTimeOffset? Until, DateTimeOffset? EndedAt);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/cases/{id:guid}/consents", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor).Produces<Page<Item>>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select id, agency, purpose, given_by, valid_from, valid_until, ended_at from consents where case_id = $1 order by recorded_at desc");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<Item>();
        while (await reader.ReadAsync(cancel))
            items.Add(new Item(
                reader.GetGuid(0), reader.GetString(1), reader.Maybe<string>(2), reader.GetString(3), reader.Time(4),
                reader.IsDBNull(5) ? null : reader.Time(5), reader.IsDBNull(6) ? null : reader.Time(6)));
        return Portion.Answer(http, items);
    }
}
