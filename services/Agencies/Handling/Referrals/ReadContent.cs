using Hotline.Contracts;
using Hotline.Duty.Escalations;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary>
/// <c>GET /api/v1/referrals/{id}/content</c>: the case file. Must stay true: only an officer with a designation in force
/// at this instant, of the handling unit or above, and the reading is recorded and on its way to the hub before a word
/// is shown.
/// </summary>
public static class ReadContent
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/referrals/{id:guid}/content", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).RequireDesignation().OrBreakGlass().Produces<CaseFile>();

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, AgencyReferral referrals, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (file, version, refusal) = await OpenAsync(id, http, referrals, database, cancel);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        http.SetETag(version);
        return Results.Json(file, Wire.Json);
    }

    /// <summary>Opens the file; the record of it is committed, and the hub's message in the outbox, when this returns.</summary>
    /// <returns>The file and the referral's version, or why not.</returns>
    internal static async Task<(CaseFile? File, long Version, Refusal? Refusal)> OpenAsync(
        Guid id, HttpContext http, AgencyReferral referrals, NpgsqlDataSource database, CancellationToken cancel)
    {
        CaseFile? file = null;
        var stored = await StoredAsync(database, id, cancel);
        var (version, refusal) = await referrals.ReadAsync(http, id, locked =>
        {
            if (stored is null || stored.Closed || locked.Row.State == ReferralState.Revoked)
                return Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText());
            file = FileOf(Received.ReadBody(SignedMessage.PayloadOf(locked.Key.OpenSigned(stored.SealedJws, InboxCell.Of(stored.Jti)))));
            locked.Escalate(new EscalationEvent.ContentOpened());
            locked.Report(Kinds.ContentOpened, new ContentOpened(locked.Row.State, locked.Officer, locked.Now, file.FileVersion));
            return null;
        }, cancel);
        return (file, version, refusal);
    }

    internal static CaseFile FileOf(object? body) => body switch
    {
        ReferralSent sent => sent.File,
        ReferralUpdated updated => updated.File,
        _ => throw new InvalidOperationException("The file's message holds no file."),
    };

    sealed record Stored(Guid Jti, byte[] SealedJws, bool Closed);

    static async Task<Stored?> StoredAsync(NpgsqlDataSource database, Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select i.jti, i.sealed_jws, r.content_closed_at is not null from referrals r
            join inbox i on i.iss = r.peer and i.jti = r.file_jti where r.id = $1
            """);
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new Stored(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1), reader.GetBoolean(2)) : null;
    }
}
