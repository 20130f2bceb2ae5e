using Hotline.Contracts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
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
            where $1::timestamptz is null or (created_at, id) < ($1, $2) order by created_at desc, id desc limit $3
            """);
        paging!.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<AccountItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new AccountItem(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<string[]>(4), reader.GetBoolean(5), reader.Time(6)));
        return Results.Ok(paging.Page(items, last => (last.CreatedAt, last.Id)));
    }

    static async Task<IResult> CreateAsync(
        HttpContext http, NpgsqlDataSource database, StorageKeys storage, TimeProvider time, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<AccountRequest>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        if (request is not { UserName: { } userName, Alias: { Length: > 0 } alias, Roles: { Count: > 0 } roles })
            return Problems.Refuse("request.malformed");
        var unit = request.Unit ?? "central";
        if (unit != "central" && !CodeList.Of("province").Contains(unit))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "/unit"));
        var account = new NewAccount(userName, alias, request.DisplayName, request.Title, unit, roles);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(cancel);
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                var made = await AccountAuthor.CreateAsync(connection, storage, account, time, cancel);
                await RecordAsync(connection, http, clock, "account.created", made.AccountId, key, cancel);
                await transaction.CommitAsync(cancel);
                return Results.Created($"/api/v1/accounts/{made.AccountId}", new Made(made.AccountId, made.UserName, made.Password, made.TotpSecret));
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation && taken.TableName == "accounts")
            {
                return Problems.Refuse("account.exists");
            }
            catch (PostgresException bad) when (bad.SqlState == PostgresErrorCodes.CheckViolation)
            {
                return Problems.Refuse(bad.ConstraintName == "accounts_user_name_check"
                    ? Refusal.With("request.malformed", "at", "/userName") : Refusal.With("request.unknown-code", "at", "/roles"));
            }
        }, before => Task.FromResult(Results.Created($"/api/v1/accounts/{before.Id}", new Made(before.Id, userName, null, null))), cancel);
    }

    static Task<IResult> DisableAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        ChangeAsync(id, http, database, clock, "account.disabled", () => Sql.Command(
            "update accounts set disabled_at = coalesce(disabled_at, hotline_now()) where id = $1", id), cancel);

    static async Task<IResult> DesignationsAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        await using var command = database.CreateCommand(
            """
            select d.id, a.user_name, d.document_number, d.valid_from, d.valid_until, d.revoked_at, d.granted_at
            from designations d join accounts a on a.id = d.account_id
            where $1::timestamptz is null or (d.granted_at, d.id) < ($1, $2) order by d.granted_at desc, d.id desc limit $3
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

    static async Task<IResult> DesignateAsync(HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<DesignationRequest>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var now = await clock.NowAsync(cancel);
        var from = request!.From ?? now;
        if (request is not { UserName: { } userName, DocumentNumber: { Length: > 0 } document } || request.Until <= from)
            return Problems.Refuse("request.malformed");
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await using var find = new NpgsqlCommand("select id from accounts where user_name = $1", connection);
            find.Parameters.Add(Sql.Parameter(userName));
            if (await find.ExecuteScalarAsync(cancel) is not Guid account)
                return Problems.Refuse("not-found");
            var id = Guid.CreateVersion7(now);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(AccountAuthor.Designate(id, account, document, from, request.Until, http.Caller().Alias));
            await batch.ExecuteNonQueryAsync(cancel);
            await RecordAsync(connection, http, clock, "designation.given", id, key, cancel);
            await transaction.CommitAsync(cancel);
            return Results.Created($"/api/v1/designations/{id}", new Changed(id));
        }, before => Task.FromResult(Results.Created($"/api/v1/designations/{before.Id}", new Changed(before.Id))), cancel);
    }

    static Task<IResult> RevokeAsync(Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, CancellationToken cancel) =>
        ChangeAsync(id, http, database, clock, "designation.revoked", () => Sql.Command(
            "update designations set revoked_at = coalesce(revoked_at, hotline_now()), revoked_by = coalesce(revoked_by, $2) where id = $1", id, http.Caller().Alias), cancel);

    static async Task<IResult> ChangeAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DatabaseClock clock, string kind, Func<NpgsqlBatchCommand> change, CancellationToken cancel)
    {
        var (raw, refusal) = await RequestBody.ReadEmptyAsync(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            await using var connection = await database.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(change());
            if (await batch.ExecuteNonQueryAsync(cancel) == 0)
                return Problems.Refuse("not-found");
            await RecordAsync(connection, http, clock, kind, id, key, cancel);
            await transaction.CommitAsync(cancel);
            return Results.Ok(new Changed(id));
        }, _ => Task.FromResult(Results.Ok(new Changed(id))), cancel);
    }

    static async Task RecordAsync(
        NpgsqlConnection connection, HttpContext http, DatabaseClock clock, string kind, Guid about, IdempotencyKey? key, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new AuditRecord { Kind = kind, At = await clock.NowAsync(cancel), Actor = http.Caller().Alias }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(about));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
