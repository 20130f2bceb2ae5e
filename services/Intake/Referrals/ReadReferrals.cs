using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Referrals;

/// <summary><c>GET /api/v1/referrals</c> and <c>/referrals/{id}</c>: coded, for operators and supervisors.</summary>
public static class ReadReferrals
{
    public sealed record Item
    {
        public required Guid Id { get; init; }
        public required string Reference { get; init; }
        public required Guid? CaseId { get; init; }
        public required string? CaseCode { get; init; }
        public required string Agency { get; init; }
        public required string Class { get; init; }
        public required string Urgency { get; init; }
        public required string? ProvinceCode { get; init; }
        public required string? ProvinceList { get; init; }
        public required string Desk { get; init; }
        public required string? Purpose { get; init; }
        public required string? Ground { get; init; }
        public required IReadOnlyList<string> Withheld { get; init; }

        /// <summary>The operator saw withheld words in the text and sent them all the same.</summary>
        public required bool TextConfirmed { get; init; }
        public required IReadOnlyList<string> Missing { get; init; }
        public required string State { get; init; }
        public required long Version { get; init; }
        public required int FileVersion { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset? SentAt { get; init; }
        public required DateTimeOffset? DeliveredAt { get; init; }
        public required DateTimeOffset? AcknowledgedAt { get; init; }
        public required DateTimeOffset? AnsweredByPhoneAt { get; init; }
        public required DateTimeOffset? RevocationRequestedAt { get; init; }
        public required DateTimeOffset? RevocationRefusedAt { get; init; }
        public required DateTimeOffset? ConsentWithdrawnAt { get; init; }
        public required DateTimeOffset? ConsentConfirmedAt { get; init; }
    }

    const string Select =
        """
        select r.id, r.reference, r.case_id, c.code, r.peer, r.class, r.urgency, r.province_code, r.province_list, r.desk, r.purpose, r.ground,
          r.withheld, r.missing, r.state, r.version, r.file_version, r.created_at, r.sent_at, r.delivered_at, r.acknowledged_at,
          r.answered_by_phone_at, r.revocation_requested_at, r.revocation_refused_at, r.consent_withdrawn_at, r.consent_confirmed_at, r.text_confirmed
        from referrals r left join cases c on c.id = r.case_id
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/referrals", ListAsync).RequireRole(Roles.Operator, Roles.Supervisor).Produces<Page<Item>>();
        routes.MapGet("/referrals/{id:guid}", HandleAsync).RequireRole(Roles.Operator, Roles.Supervisor).Produces<Item>();
    }

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"{Select} where r.id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return Problems.Refuse(new Refusal("not-found"));
        var item = Read(reader);
        http.SetETag(item.Version);
        return Results.Ok(item);
    }

    /// <param name="state">One of the eight states, or <c>open</c> for all that are not over.</param>
    static async Task<IResult> ListAsync(string? state, string? agency, string? urgency, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        (state, agency, urgency) = (Given(state), Given(agency), Given(urgency));
        if (agency is not null && !(await Agencies.KnownAsync(database, [agency], cancel)).Contains(agency))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "agency"));
        if (urgency is not null && !CodeList.Of("urgency").Contains(urgency))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "urgency"));
        if (state is not null and not "open" && !Enum.GetValues<ReferralState>().Any(s => s.ToText() == state))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "state"));

        List<string> where = ["r.class <> 'probe'"];
        await using var command = database.CreateCommand();
        if (state == "open")
            where.Add("r.is_open");
        else if (state is not null)
            where.Add($"r.state = {command.Place(state)}");
        if (agency is not null)
            where.Add($"r.peer = {command.Place(agency)}");
        if (urgency is not null)
            where.Add($"r.urgency = {command.Place(urgency)}");
        if (paging!.Before is { } before)
            where.Add($"(r.created_at, r.id) < ({command.Place(before.At)}, {command.Place(before.Id)})");
        command.CommandText = $"{Select} where {string.Join(" and ", where)} order by r.created_at desc, r.id desc limit {command.Place(paging.Limit + 1)}";

        var items = new List<Item>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            items.Add(Read(reader));
        return Results.Ok(paging.Page(items, last => (last.CreatedAt, last.Id)));
    }

    /// <summary>A filter that is named and left empty filters nothing.</summary>
    static string? Given(string? filter) => string.IsNullOrEmpty(filter) ? null : filter;

    static Item Read(NpgsqlDataReader reader)
    {
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        return new Item
        {
            Id = reader.GetGuid(0),
            Reference = reader.GetString(1),
            CaseId = reader.Maybe<Guid?>(2),
            CaseCode = reader.Maybe<string>(3),
            Agency = reader.GetString(4),
            Class = reader.GetString(5),
            Urgency = reader.GetString(6),
            ProvinceCode = reader.Maybe<string>(7),
            ProvinceList = reader.Maybe<string>(8),
            Desk = reader.GetString(9),
            Purpose = reader.Maybe<string>(10),
            Ground = reader.Maybe<string>(11),
            Withheld = reader.GetFieldValue<string[]>(12),
            TextConfirmed = reader.GetBoolean(26),
            Missing = reader.GetFieldValue<string[]>(13),
            State = reader.GetString(14),
            Version = reader.GetInt64(15),
            FileVersion = reader.GetInt32(16),
            CreatedAt = reader.Time(17),
            SentAt = Time(18),
            DeliveredAt = Time(19),
            AcknowledgedAt = Time(20),
            AnsweredByPhoneAt = Time(21),
            RevocationRequestedAt = Time(22),
            RevocationRefusedAt = Time(23),
            ConsentWithdrawnAt = Time(24),
            ConsentConfirmedAt = Time(25),
        };
    }
}
