using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Officers;

/// <summary>
/// <c>GET /api/v1/officers/{id}/contacts</c>: for the officer and for administrators; nobody else has a use for the number.
/// <c>GET /api/v1/officers</c> lists who can be on duty, for administrators.
/// </summary>
public static class ReadContacts
{
    public sealed record Item(Guid Id, string UserName, string Alias, string? Title, string Unit);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/officers", ListAsync).RequireRole(DutyRoutes.Readers).Produces<Page<Item>>();
        routes.MapGet("/officers/{id:guid}/contacts", HandleAsync).RequireRole(DutyRoutes.Readers).Produces<OfficerContacts>();
    }

    static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return Portion.Answer(http, await ContactRows.OfficersAsync(connection, cancel));
    }

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, StorageKeys storage, CancellationToken cancel)
    {
        if (!MayTouch(http, id))
            return Problems.Refuse("access.denied");
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (!await ContactRows.IsOfficerAsync(connection, id, cancel))
            return Problems.Refuse("not-found");
        var (contacts, version) = await ContactRows.ReadAsync(connection, storage, id, cancel);
        http.SetETag(version);
        return Results.Ok(contacts);
    }

    internal static bool MayTouch(HttpContext http, Guid officer) =>
        http.Caller().AccountId == officer || http.Caller().Roles.Contains(Roles.Administrator);
}
