using Hotline.Console;
using Hotline.Console.Forms;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Officers;

/// <summary>
/// <c>GET /duty/contacts</c>: how the reader is reached. Each contact is proved by a code that goes out through its own
/// channel; sending one to a contact that was proved before is how somebody tests a telephone.
/// </summary>
static class ShowContacts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPage("/duty/contacts", ShowAsync).RequireRole(DutyRoutes.CanBeOnDuty);
        routes.MapForm("/duty/contacts", ChangeAsync).RequireRole(DutyRoutes.CanBeOnDuty);
        routes.MapForm("/duty/contacts/{id:guid}/code", SendAsync).RequireRole(DutyRoutes.CanBeOnDuty);
        routes.MapForm("/duty/contacts/{id:guid}/verify", VerifyAsync).RequireRole(DutyRoutes.CanBeOnDuty);
    }

    static Task<IResult> ShowAsync(HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel) =>
        RenderAsync(http, null, database, storage, clock, cancel);

    static async Task<IResult> ChangeAsync(HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (written, refusal) = sent.To<OfficerContacts>();
        // Nothing ticked is no preference.
        var wanted = written is null ? null : written with { Preferences = [.. (written.Preferences ?? []).Where(preference => preference.Channels is { Count: > 0 })] };
        refusal ??= await FormState.OnceAsync(http, database, sent, async key => (await ChangeContacts.WriteAsync(
            database, storage, http.Caller().AccountId, wanted!, sent.Version, http.Caller(), key, await clock.NowAsync(cancel), cancel)).Refusal, cancel);
        return refusal is null
            ? Results.LocalRedirect("/duty/contacts?done=contacts-changed")
            : await RenderAsync(http, new FormState("contacts", default, sent.Version, sent, refusal), database, storage, clock, cancel);
    }

    static async Task<IResult> SendAsync(Guid id, HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var (_, refusal) = await VerifyContact.VerifyAsync(
            http.RequestServices, database, storage, http.Caller(), new VerifyContact.Request { ContactId = id }, await clock.NowAsync(cancel), cancel);
        return refusal is null
            ? Results.LocalRedirect("/duty/contacts?done=code-sent")
            : await RenderAsync(http, new FormState($"code-{id}", default, 0, null, refusal), database, storage, clock, cancel);
    }

    static async Task<IResult> VerifyAsync(Guid id, HttpContext http, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        var sent = await SentForm.ReadAsync(http, cancel);
        var (request, refusal) = sent.To<VerifyContact.Request>();
        // Without a code it would send one.
        if (refusal is null)
            refusal = request!.Code is null ? Refusal.With("request.malformed", "at", "/code") : (await VerifyContact.VerifyAsync(
                http.RequestServices, database, storage, http.Caller(), request with { ContactId = id }, await clock.NowAsync(cancel), cancel)).Refusal;
        return refusal is null
            ? Results.LocalRedirect("/duty/contacts?done=contact-verified")
            : await RenderAsync(http, new FormState($"code-{id}", default, 0, null, refusal), database, storage, clock, cancel);
    }

    static async Task<IResult> RenderAsync(
        HttpContext http, FormState? refused, NpgsqlDataSource database, StorageKeys storage, DatabaseClock clock, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        var (contacts, version) = await ContactRows.ReadAsync(connection, storage, http.Caller().AccountId, cancel);
        var now = await clock.NowAsync(cancel);
        return Pages.Show<ContactsPage>(
            new { Contacts = contacts, Form = FormState.Of("contacts", refused, now, version), Refused = refused, At = now },
            refused is null ? StatusCodes.Status200OK : Problems.StatusOf(refused.Refusal!.Code));
    }
}
