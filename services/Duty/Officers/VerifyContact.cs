using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Hotline.Contracts;
using Hotline.Duty.Roster;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline.Duty.Officers;

/// <summary>Brings a code to a contact through its channel; false where the channel did not take it. The channels register it.</summary>
public delegate Task<bool> SendCode(Contact contact, string code, CancellationToken cancel);

/// <summary>
/// <c>POST /api/v1/officers/{id}/contacts/verify</c>: without a code, sends one to the contact; with it, verifies. A code is
/// good for ten minutes and five tries, and is known to the database by a keyed hash only.
/// </summary>
public static class VerifyContact
{
    public sealed record Request
    {
        public Guid? ContactId { get; init; }
        [Max(6)] public string? Code { get; init; }

        /// <summary>Without the code.</summary>
        public override string ToString() => $"{ContactId}";
    }

    /// <param name="State"><c>sent</c> or <c>verified</c>.</param>
    public sealed record Answer(Guid ContactId, string State);

    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    static readonly TimeSpan Between = TimeSpan.FromMinutes(1);
    const int MostAttempts = 5;
    const string Purpose = "contact-code";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/officers/{id:guid}/contacts/verify", HandleAsync).RequireRole(DutyRoutes.CanBeOnDuty)
            .Accepts<Request>("application/json").Produces<Answer>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        // Only the officer can prove it: not even an administrator may do it for somebody.
        if (http.Caller().AccountId != id)
            return Problems.Refuse("access.denied");
        var (request, _, refusal) = await RequestBody.ReadAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (answer, refused) = await VerifyAsync(http.RequestServices, database, storage, http.Caller(), request!, await clock.NowAsync(cancel), cancel);
        return refused is null ? Results.Ok(answer) : Problems.Refuse(refused);
    }

    /// <summary>Also what the form on the screen does; always for the officer's own contacts.</summary>
    internal static async Task<(Answer? Answer, Refusal? Refusal)> VerifyAsync(
        IServiceProvider services, NpgsqlDataSource database, StorageKeys storage, Caller officer, Request request, DateTimeOffset now, CancellationToken cancel)
    {
        if (request.ContactId is not { } wanted)
            return (null, Refusal.With("request.malformed", "at", "/contactId"));
        await using var connection = await database.OpenConnectionAsync(cancel);
        var (contacts, _) = await ContactRows.ReadAsync(connection, storage, officer.AccountId, cancel);
        if (contacts.Contacts!.FirstOrDefault(contact => contact.Id == wanted) is not { } found)
            return (null, new Refusal("not-found"));
        return request.Code is null
            ? await SendAsync(services.GetService<SendCode>(), connection, storage, new Contact(wanted, found.Channel!, found.Address!, found.Verified == true), now, cancel)
            : await VerifyAsync(officer.Alias, connection, storage, wanted, request.Code, now, cancel);
    }

    static async Task<(Answer?, Refusal?)> SendAsync(
        SendCode? send, NpgsqlConnection connection, StorageKeys storage, Contact contact, DateTimeOffset now, CancellationToken cancel)
    {
        if (send is null)
            return (null, new Refusal("channel.away"));
        var code = RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
        await using var keep = new NpgsqlCommand(
            """
            insert into contact_codes as c (contact_id, code_mac, sent_at) values ($1, $2, $3)
            on conflict (contact_id) do update set code_mac = $2, sent_at = $3, attempts = 0 where c.sent_at <= $4
            """,
            connection);
        keep.Parameters.Add(Sql.Parameter(contact.Id));
        keep.Parameters.Add(Sql.Parameter(Mac(storage, contact.Id, code)));
        keep.Parameters.Add(Sql.Parameter(now));
        keep.Parameters.Add(Sql.Parameter(now - Between));
        if (await keep.ExecuteNonQueryAsync(cancel) == 0)
            return (null, new Refusal("contact.code-too-soon"));
        return await send(contact, code, cancel) ? (new Answer(contact.Id, "sent"), null) : (null, new Refusal("channel.away"));
    }

    static async Task<(Answer?, Refusal?)> VerifyAsync(
        string by, NpgsqlConnection connection, StorageKeys storage, Guid contact, string code, DateTimeOffset now, CancellationToken cancel)
    {
        // The try is counted and kept before the code is looked at, so that many at once count as many.
        await using var count = new NpgsqlCommand(
            "update contact_codes set attempts = attempts + 1 where contact_id = $1 and sent_at > $2 and attempts < $3 returning code_mac", connection);
        count.Parameters.Add(Sql.Parameter(contact));
        count.Parameters.Add(Sql.Parameter(now - Lifetime));
        count.Parameters.Add(Sql.Parameter(MostAttempts));
        if (await count.ExecuteScalarAsync(cancel) is not byte[] expected)
            return (null, new Refusal("contact.code-expired"));
        if (!CryptographicOperations.FixedTimeEquals(expected, Mac(storage, contact, code)))
            return (null, new Refusal("contact.code-wrong"));
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Sql.Command("update officer_contacts set verified_at = $2 where id = $1 and removed_at is null", contact, now));
        batch.BatchCommands.Add(Sql.Command("delete from contact_codes where contact_id = $1", contact));
        batch.BatchCommands.Add(new AuditRecord { Kind = "contact.verified", At = now, Actor = by }.Insert());
        await batch.ExecuteNonQueryAsync(cancel);
        return (new Answer(contact, "verified"), null);
    }

    static byte[] Mac(StorageKeys storage, Guid contact, string code) => storage.Mac(Encoding.UTF8.GetBytes($"{contact}/{code}"), Purpose);
}
