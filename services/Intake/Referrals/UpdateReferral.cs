using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Intake.Cases;
using Hotline.Intake.Consents;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary><c>POST /api/v1/referrals/{id}/updates</c>: the agency gets the file as it is now, and perhaps another urgency (R11).</summary>
public static class UpdateReferral
{
    public sealed record Request
    {
        [Code("urgency")] public string? Urgency { get; init; }
        /// <summary>Further groups to leave out from now on; what was withheld stays withheld.</summary>
        [Code("withhold")] public IReadOnlyList<string>? Withhold { get; init; }
        public bool? Confirm { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/referrals/{id:guid}/updates", HandleAsync).RequireRole(Roles.Operator)
            .Accepts<Request>(isOptional: true, "application/json").Produces<ReferralAnswer>();

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, HubReferral referrals, DataKeys keys, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadOptionalAsync<Request>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await referrals.ChangeAsync(http, id, raw, async locked =>
        {
            if (locked.Row.State.IsFinal() || locked.CaseId is null)
                return Refusal.With("referral.wrong-state", "state", locked.Row.State.ToText());
            var asked = await AskedAsync(locked, cancel);
            var found = (await ReadCase.FindAsync(locked.Connection, locked.CaseId.Value, cancel))!;
            var whole = await found.FileAsync(keys, cancel);
            if (asked.OnConsent && asked.Consent.Withdrawn && !Sendable.IsRecorded(whole, asked.Consent))
                return new Refusal("referral.no-consent");
            var missing = Sendable.Missing(whole);
            string[] withheld = [.. asked.Withheld.Union(request!.Withhold ?? [])];
            var file = Withholding.Apply(whole with { Missing = missing, FileVersion = locked.Row.FileVersion + 1 }, withheld);
            var last = await LastFileAsync(locked, cancel);
            // What was confirmed was the text as it stood: words that came later are asked about again.
            var leaks = Withholding.Leaks(whole, file, withheld, confirmed: asked.Confirmed ? last : null);
            if (leaks.Count > 0 && request.Confirm != true)
                return Refusal.With("referral.withheld-in-text", "places", leaks);

            var urgency = request.Urgency ?? asked.Urgency;
            var changed = Changed(last, file);
            locked.Row.FileVersion = file.FileVersion;
            locked.Missing = missing;
            locked.Send(Kinds.ReferralUpdated, new ReferralUpdated(urgency, changed, file, locked.Now), leaks.Count > 0 ? "withheld-in-text-confirmed" : null);
            // The agency moves it to its central desk by itself, when the file complains about the agency.
            var central = await found.ComplainsAboutAsync(locked.Row.Peer, keys, cancel);
            locked.Write(Sql.Command(
                """
                update referrals set urgency = $2, missing = $3, text_confirmed = text_confirmed or $4,
                  desk = case when $5 then 'central' else desk end, withheld = $6,
                  -- More urgent, it is answered for anew; codes sort P0 first.
                  asked_anew_at = case when urgency > $2 then $7 else asked_anew_at end,
                  watch_due_at = case when urgency <> $2 then $7 else watch_due_at end
                where id = $1
                """,
                id, urgency, missing.ToArray(), leaks.Count > 0, central, withheld, locked.Now));
            return null;
        }, cancel);
    }

    /// <param name="OnConsent">No ground holds.</param>
    sealed record Asked(string[] Withheld, bool Confirmed, string Urgency, bool OnConsent, RecordedConsent Consent);

    static async Task<Asked> AskedAsync(LockedReferral locked, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select withheld, text_confirmed, urgency, ground is null, consent_withdrawn_at is not null, {RecordedConsent.Columns}
            from (select *, peer as agency from referrals where id = $1) n
            """, locked.Connection);
        command.Parameters.Add(Sql.Parameter(locked.Row.Id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new Asked(
            reader.GetFieldValue<string[]>(0), reader.GetBoolean(1), reader.GetString(2), reader.GetBoolean(3),
            new RecordedConsent(reader.GetBoolean(5), reader.GetBoolean(6), Withdrawn: reader.GetBoolean(4)));
    }

    /// <summary>The file as the agency was sent it last.</summary>
    static async Task<CaseFile?> LastFileAsync(LockedReferral locked, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select jti, sealed_jws from sent_messages where referral_id = $1 and kind in ('referral.sent', 'referral.updated')
            order by epoch desc, seq desc limit 1
            """, locked.Connection);
        command.Parameters.Add(Sql.Parameter(locked.Row.Id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return null;
        var payload = SignedMessage.PayloadOf(locked.Key.OpenSigned(reader.GetFieldValue<byte[]>(1), SentMessages.Cell(reader.GetGuid(0))));
        return Received.ReadBody(payload) switch
        {
            ReferralSent sent => sent.File,
            ReferralUpdated updated => updated.File,
            _ => null,
        };
    }

    /// <summary>The members of the file that say something else than before.</summary>
    static List<string> Changed(CaseFile? before, CaseFile after)
    {
        var (old, now) = (Members(before), Members(after));
        return [.. now!.Where(m => m.Key != "fileVersion" && !JsonNode.DeepEquals(m.Value, old?[m.Key])).Select(m => m.Key)];
    }

    static JsonObject? Members(CaseFile? file) => JsonSerializer.SerializeToNode(file, Wire.Json)?.AsObject();
}
