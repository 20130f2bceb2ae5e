using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Live;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Hotline.Intake.Cases;
using Hotline.Intake.Consents;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary>
/// <c>POST /api/v1/cases/{id}/referrals</c>: the operator presses Refer. Must stay true: the referral, its history, its
/// audit record, the kept message and the outbox row are one transaction, and the file is sealed before it is written
/// anywhere. Otherwise a 201 is a promise that nothing keeps, or content lies in the open.
/// </summary>
public static class SendReferral
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cases/{id:guid}/referrals", HandleAsync).RequireRole(Roles.Operator)
            .Accepts<ReferralRequest>("application/json").Produces<ReferralAnswer>(StatusCodes.Status201Created);

    static async Task<IResult> HandleAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, SharedReads<Asked, Answered> reads, DataKeys keys, Post post, Party party, DatabaseClock clock,
        SharedCommits commits, Changes changes, CancellationToken cancel)
    {
        var (request, raw, refusal) = await RequestBody.ReadAsync<ReferralRequest>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        var (version, bad) = Versions.Optional(http);
        if (bad is not null)
            return Problems.Refuse(bad);
        return await Idempotency.OnceAsync(http, database, raw, async key =>
        {
            if (request!.Agency is null || request.Urgency is null)
                return Problems.Refuse(Refusal.With("request.malformed", "at", request.Agency is null ? "/agency" : "/urgency"));
            if (await reads.AskAsync(new Asked(id, request.Agency, request.Purpose), cancel) is not var (found, number, consent))
                return Problems.Refuse("not-found");
            if (version is not null && version != found.Version)
                return Problems.Refuse("version.stale");
            if (number is null)
                return Problems.Refuse(Refusal.With("request.unknown-code", "at", "/agency"));

            var whole = await found.FileAsync(keys, cancel);
            if (Sendable.Check(whole, request, consent) is { } incomplete)
                return Problems.Refuse(incomplete);
            var groups = (request.Withhold ?? []).Distinct().ToList();
            var file = Withholding.Apply(whole with { Missing = Sendable.Missing(whole) }, groups);
            var leaks = Withholding.Leaks(whole, file, groups);
            if (leaks.Count > 0 && request.Confirm != true)
                return Problems.Refuse(Refusal.With("referral.withheld-in-text", "places", leaks));

            var now = await clock.NowAsync(cancel);
            var referral = NewReferral(found, request, party, now);
            var reference = $"{References.Prefix("CT", now)}{number:D6}";
            var dataKey = await keys.GetAsync(found.KeyId, cancel);
            var desk = Sendable.Desk(file, request, await found.ComplainsAboutAsync(request.Agency, keys, cancel));
            List<NpgsqlBatchCommand> commands;
            try
            {
                commands = Compose(referral, reference, found, request, desk, file, leaks.Count > 0, http.Caller(), post, dataKey, now);
            }
            catch (SealingException cannot) when (cannot.Code is SealingCodes.TooLarge or SealingCodes.NoReceiverKey)
            {
                return Problems.Refuse(cannot.Code == SealingCodes.TooLarge ? "referral.too-large" : "agency.without-key");
            }
            // First: of two equal requests at once, the slower one must fail on its key, not on the referral that the other made.
            if (key is not null)
                commands.Insert(0, key.Insert(referral.Id, referral.Version, referral.State.ToText()));
            if (await WriteAsync(commits, commands, referral.Id, cancel) is false)
                return Problems.Refuse(Refusal.With("referral.already-open", "id", await OpenOneAsync(database, id, referral.Peer, cancel)));
            changes.Raise(referral.Id, id);
            return Answer(http, new ReferralAnswer(referral.Id, reference, referral.State.ToText(), referral.Version, file.Missing));
        }, async before => Answer(http, (await ReferralAnswer.FindAsync(database, before, cancel))!), cancel);
    }

    /// <summary>What a request has to know of its case and agency. Two are never equal: each needs a number of its own.</summary>
    internal sealed class Asked(Guid caseId, string agency, string? purpose)
    {
        public Guid CaseId => caseId;
        public string Agency => agency;
        public string Purpose => purpose ?? string.Empty;
    }

    /// <param name="Number">The referral's number; null where the agency is none of ours.</param>
    internal sealed record Answered(ReadCase.Found Case, long? Number, RecordedConsent Consent);

    internal static SharedReads<Asked, Answered> Reads(IServiceProvider services)
    {
        var database = services.GetRequiredService<NpgsqlDataSource>();
        return new SharedReads<Asked, Answered>(asked => ReadAsync(database, asked));
    }

    /// <summary>The cases with their calls, the register of consents, and the referrals' numbers: one round trip, one plan for any number (decision record 91).</summary>
    internal static async Task<IReadOnlyDictionary<Asked, Answered>> ReadAsync(NpgsqlDataSource database, IReadOnlyList<Asked> asked)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(ReadCase.Find([.. asked.Select(a => a.CaseId).Distinct()]));
        batch.BatchCommands.Add(Sql.Command(
            $"""
            select n.place, nextval('referral_numbers'), {RecordedConsent.Columns}
            from unnest((select $1::uuid[]), (select $2::text[]), (select $3::text[])) with ordinality as n(case_id, agency, purpose, place)
            join agencies a on a.name = n.agency and a.enabled
            """,
            asked.Select(a => a.CaseId).ToArray(), (object)asked.Select(a => a.Agency).ToArray(), (object)asked.Select(a => a.Purpose).ToArray()));
        await using var reader = await batch.ExecuteReaderAsync();
        var cases = await ReadCase.ReadAsync(reader, CancellationToken.None);
        await reader.NextResultAsync();
        var numbers = new Dictionary<long, (long Number, RecordedConsent Consent)>();
        while (await reader.ReadAsync())
            numbers[reader.GetInt64(0)] = (reader.GetInt64(1), new RecordedConsent(reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4)));
        var answers = new Dictionary<Asked, Answered>();
        for (var i = 0; i < asked.Count; i++)
            if (cases.TryGetValue(asked[i].CaseId, out var found))
                answers[asked[i]] = numbers.TryGetValue(i + 1, out var n) ? new Answered(found, n.Number, n.Consent) : new Answered(found, null, RecordedConsent.None);
        return answers;
    }

    static ReferralRow NewReferral(ReadCase.Found found, ReferralRequest request, Party party, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        KeyId = found.KeyId,
        Peer = request.Agency!,
        Class = party.Class,
        State = ReferralState.Queued,
        Version = 1,
        SentEpoch = 0,
        SentSeq = 0,
        PeerEpoch = 0,
        PeerSeq = 0,
        FileVersion = 1,
    };

    static List<NpgsqlBatchCommand> Compose(
        ReferralRow referral, string reference, ReadCase.Found found, ReferralRequest request, (string Desk, string? Province) goesTo, CaseFile file, bool confirmed, Caller by, Post post, DataKey key, DateTimeOffset now)
    {
        var (desk, province) = goesTo;
        var list = province is null ? null : CodeList.Of("province").Version;
        var messages = new List<NpgsqlBatchCommand>();
        var (jti, sha256) = post.Write(referral, key, Kinds.ReferralSent, new ReferralSent
        {
            Reference = reference,
            CaseCode = found.Code,
            Urgency = request.Urgency!,
            ProvinceCode = province,
            ProvinceList = list,
            Desk = desk,
            Purpose = request.Purpose!,
            Ground = request.Ground,
            ReferredAt = now,
            File = file,
        }, now, messages);

        List<NpgsqlBatchCommand> commands =
        [
            Rows.Of(
                """
                insert into referrals (id, reference, case_id, peer, class, urgency, province_code, province_list, desk, purpose, ground, withheld,
                  text_confirmed, missing, key_id, state, sent_epoch, sent_seq, created_by, created_at)
                select id, reference, case_id, peer, class, urgency, province_code, province_list, desk, purpose, ground, string_to_array(withheld, ' '),
                  text_confirmed, string_to_array(missing, ' '), key_id, 'queued', sent_epoch, sent_seq, created_by, created_at
                from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                  $12::text[], $13::boolean[], $14::text[], $15::uuid[], $16::int[], $17::bigint[], $18::uuid[], $19::timestamptz[])
                  as n(id, reference, case_id, peer, class, urgency, province_code, province_list, desk, purpose, ground, withheld,
                    text_confirmed, missing, key_id, sent_epoch, sent_seq, created_by, created_at)
                """,
                referral.Id, reference, found.Id, referral.Peer, referral.Class, request.Urgency, province, list, desk, request.Purpose, request.Ground,
                string.Join(' ', (request.Withhold ?? []).Distinct()), confirmed, string.Join(' ', file.Missing), key.Id, referral.SentEpoch, referral.SentSeq, by.AccountId, now),
            referral.History("referral.queued", by.Alias, now, jti, new AuditRecord
            {
                Kind = "referral.sealed", At = now, Actor = by.Alias, Case = found.Id, Sha256 = Digest.Text(sha256),
                Code = confirmed ? "withheld-in-text-confirmed" : null,
            }),
            .. messages,
        ];
        return commands;
    }

    /// <returns>False when the case already has an open referral to the agency: then nothing was written.</returns>
    static async Task<bool> WriteAsync(SharedCommits commits, List<NpgsqlBatchCommand> commands, Guid id, CancellationToken cancel)
    {
        try
        {
            await commits.WriteAsync(commands, Sql.Command("select 1 from referrals where id = $1", id), cancel);
            return true;
        }
        catch (PostgresException taken) when (taken.ConstraintName == "referrals_open_once")
        {
            return false;
        }
    }

    static async Task<Guid?> OpenOneAsync(NpgsqlDataSource database, Guid caseId, string agency, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select id from referrals where case_id = $1 and peer = $2 and is_open");
        command.Parameters.Add(Sql.Parameter(caseId));
        command.Parameters.Add(Sql.Parameter(agency));
        return await command.ExecuteScalarAsync(cancel) as Guid?;
    }

    static IResult Answer(HttpContext http, ReferralAnswer answer)
    {
        http.SetETag(answer.Version);
        return Results.Created($"/api/v1/referrals/{answer.Id}", answer);
    }
}
