using System.Text.Json;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Officers;

/// <summary>
/// <c>PUT /api/v1/officers/{id}/contacts</c>: all contacts of an officer, in order, and the preferences. A contact that
/// keeps its id, channel and address stays verified; any other has to be verified.
/// </summary>
public static class ChangeContacts
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/officers/{id:guid}/contacts", HandleAsync).RequireRole([.. DutyRoutes.CanBeOnDuty, Roles.Administrator])
            .Accepts<OfficerContacts>("application/json").Produces<OfficerContacts>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        if (!ReadContacts.MayTouch(http, id))
            return Problems.Refuse("access.denied");
        var (seen, missing) = Versions.Require(http);
        if (missing is not null)
            return Problems.Refuse(missing);
        var (written, _, refusal) = await RequestBody.ReadAsync<OfficerContacts>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (contacts, version, refused) = await WriteAsync(database, storage, id, written!, seen, http.Caller(), null, await clock.NowAsync(cancel), cancel);
        if (refused is not null)
            return Problems.Refuse(refused);
        http.SetETag(version);
        return Results.Ok(contacts);
    }

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<(OfficerContacts? Contacts, long Version, Refusal? Refusal)> WriteAsync(
        NpgsqlDataSource database, StorageKeys storage, Guid id, OfficerContacts written, long seen, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        if (written.Check() is { } bad)
            return (null, 0, bad);
        await using var connection = await database.OpenConnectionAsync(cancel);
        if (!await ContactRows.IsOfficerAsync(connection, id, cancel))
            return (null, 0, new Refusal("not-found"));
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (!await TakeTurnAsync(connection, id, seen, written.Preferences ?? [], cancel))
            return (null, 0, new Refusal("version.stale"));
        var before = await ContactRows.ReadAsync(connection, storage, id, cancel);
        await WriteAsync(connection, storage, id, before.Contacts.Contacts!, written.Contacts ?? [], by.Alias, key, now, cancel);
        await transaction.CommitAsync(cancel);
        var (contacts, version) = await ContactRows.ReadAsync(connection, storage, id, cancel);
        return (contacts, version, null);
    }

    static async Task<bool> TakeTurnAsync(NpgsqlConnection connection, Guid officer, long seen, IReadOnlyList<Preference> preferences, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with first as (
              insert into officer_settings (account_id, version, preferences) select $1, 1, $3::jsonb where $2 = 0 on conflict (account_id) do nothing returning 1),
            next as (update officer_settings set version = version + 1, preferences = $3::jsonb where account_id = $1 and version = $2 returning 1)
            select (select count(*) from first) + (select count(*) from next)
            """,
            connection);
        command.Parameters.Add(Sql.Parameter(officer));
        command.Parameters.Add(Sql.Parameter(seen));
        command.Parameters.Add(Sql.Parameter(JsonSerializer.Serialize(preferences, Wire.Json)));
        return await command.ExecuteScalarAsync(cancel) is 1L;
    }

    static async Task WriteAsync(
        NpgsqlConnection connection, StorageKeys storage, Guid officer, IReadOnlyList<WrittenContact> before, IReadOnlyList<WrittenContact> wanted,
        string by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        var kept = new HashSet<Guid>();
        foreach (var (position, contact) in wanted.Index())
        {
            var same = before.FirstOrDefault(b => b.Id == contact.Id && b.Channel == contact.Channel && b.Address == contact.Address);
            if (same is not null && kept.Add(same.Id!.Value))
                batch.BatchCommands.Add(Sql.Command("update officer_contacts set position = $2 where id = $1", same.Id, position));
            else
                batch.BatchCommands.Add(ContactRows.Insert(storage, Guid.CreateVersion7(now), officer, contact.Channel!, contact.Address!, position, null, now));
        }
        foreach (var gone in before.Where(contact => !kept.Contains(contact.Id!.Value)))
            batch.BatchCommands.Add(Sql.Command("update officer_contacts set removed_at = $2 where id = $1", gone.Id, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "contacts.changed", At = now, Actor = by }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(officer));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
