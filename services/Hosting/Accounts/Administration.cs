using Hotline.Contracts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Hosting.Accounts;

/// <summary>Accounts and designations, for administrators. They open nothing by it: an administrator reads no case.</summary>
public static class Administration
{
    public sealed record AccountRequest
    {
        [Max(61)] public string? UserName { get; init; }
        [Max(200)] public string? Alias { get; init; }
        [Max(200)] public string? DisplayName { get; init; }
        [Max(200)] public string? Title { get; init; }
        [Max(41)] public string? Unit { get; init; }
        public IReadOnlyList<string>? Roles { get; init; }
    }

    public sealed record DesignationRequest
    {
        [Max(61)] public string? UserName { get; init; }
        [Max(200)] public string? DocumentNumber { get; init; }
        public DateTimeOffset? From { get; init; }
        public DateTimeOffset? Until { get; init; }
    }

    public sealed record AccountItem(
        Guid Id, string UserName, string Alias, string Unit, IReadOnlyList<string> Roles, bool Disabled, DateTimeOffset CreatedAt);

    public sealed record DesignationItem(
        Guid Id, string UserName, string DocumentNumber, DateTimeOffset From, DateTimeOffset? Until, DateTimeOffset? RevokedAt, DateTimeOffset GrantedAt);

    /// <summary>A new account. Password and second factor are said once: a replay of the request has neither.</summary>
    public sealed record Made(Guid AccountId, string UserName, string? Password, string? TotpSecret);

    public sealed record Changed(Guid Id);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/accounts", AccountsAsync).RequireRole(Roles.Administrator).Produces<Page<AccountItem>>();
        routes.MapPost("/accounts", CreateAsync).RequireRole(Roles.Administrator).Accepts<AccountRequest>("application/json").Produces<Made>(201);
        routes.MapPost("/accounts/{id:guid}/disable", DisableAsync).RequireRole(Roles.Administrator).Produces<Changed>();
        routes.MapGet("/designations", DesignationsAsync).RequireRole(Roles.Administrator).Produces<Page<DesignationItem>>();
        routes.MapPost("/designations", DesignateAsync).RequireRole(Roles.Administrator).Accepts<DesignationRequest>("application/json").Produces<Changed>(201);
        routes.MapPost("/designations/{id:guid}/revoke", RevokeAsync).RequireRole(Roles.Administrator).Produces<Changed>();
    }

    static async Task<IResult> AccountsAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select id, user_name, alias, unit, roles, disabled_at is not null, created_at from accounts
            where (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<AccountItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new AccountItem(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<string[]>(4), reader.GetBoolean(5), reader.Time(6)));
        return Results.Ok(paging.Page(items, last => (last.CreatedAt, last.Id)));
    }

    static async Task<IResult> CreateAsync(HttpContext http, NpgsqlDataSource database, AccountChanges changes, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<AccountRequest>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request is not { UserName: { } userName, Alias: { Length: > 0 } alias, Roles: { Count: > 0 } roles })
            return Problems.Refuse("request.malformed");
        var account = new NewAccount(userName, alias, request.DisplayName, request.Title, request.Unit ?? "central", roles);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            var (made, refused) = await changes.CreateAsync(http.Caller(), account, enrolled: true, key, cancel);
            return made is null ? Problems.Refuse(refused!)
                : Results.Created($"/api/v1/accounts/{made.AccountId}", new Made(made.AccountId, made.UserName, made.Password, made.TotpSecret));
        }, before => Task.FromResult(Results.Created($"/api/v1/accounts/{before.Id}", new Made(before.Id, userName, null, null))), cancel);
    }

    static Task<IResult> DisableAsync(Guid id, HttpContext http, NpgsqlDataSource database, AccountChanges changes, CancellationToken cancel) =>
        ChangeAsync(id, http, database, key => changes.DisableAsync(http.Caller(), id, key, cancel), cancel);

    static async Task<IResult> DesignationsAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select d.id, a.user_name, d.document_number, d.valid_from, d.valid_until, d.revoked_at, d.granted_at
            from designations d join accounts a on a.id = d.account_id
            where (d.granted_at, d.id) < ($1, $2) order by d.granted_at desc, d.id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<DesignationItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new DesignationItem(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.Time(3),
                reader.IsDBNull(4) ? null : reader.Time(4), reader.IsDBNull(5) ? null : reader.Time(5), reader.Time(6)));
        return Results.Ok(paging.Page(items, last => (last.GrantedAt, last.Id)));
    }

    static async Task<IResult> DesignateAsync(HttpContext http, NpgsqlDataSource database, AccountChanges changes, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<DesignationRequest>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request is not { UserName: { } userName, DocumentNumber: { Length: > 0 } document })
            return Problems.Refuse("request.malformed");
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            await using var find = database.CreateCommand("select id from accounts where user_name = $1");
            find.Parameters.Add(Sql.Parameter(userName));
            if (await find.ExecuteScalarAsync(cancel) is not Guid account)
                return Problems.Refuse("not-found");
            var (id, refused) = await changes.DesignateAsync(http.Caller(), account, document, request.From, request.Until, key, cancel);
            return refused is null ? Results.Created($"/api/v1/designations/{id}", new Changed(id!.Value)) : Problems.Refuse(refused);
        }, before => Task.FromResult(Results.Created($"/api/v1/designations/{before.Id}", new Changed(before.Id))), cancel);
    }

    static Task<IResult> RevokeAsync(Guid id, HttpContext http, NpgsqlDataSource database, AccountChanges changes, CancellationToken cancel) =>
        ChangeAsync(id, http, database, async key => (await changes.RevokeAsync(http.Caller(), id, key, cancel)).Refusal, cancel);

    static async Task<IResult> ChangeAsync(Guid id, HttpContext http, NpgsqlDataSource database, Func<IdempotencyKey?, Task<Refusal?>> change, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await Idempotency.OnceAsync(
            http, database, raw, async key => await change(key) is { } refused ? Problems.Refuse(refused) : Results.Ok(new Changed(id)),
            _ => Task.FromResult(Results.Ok(new Changed(id))), cancel);
    }
}
