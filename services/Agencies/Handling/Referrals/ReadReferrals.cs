using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Http;
using Hotline.Hosting.Referrals;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline.Handling.Referrals;

/// <summary><c>GET /api/v1/referrals</c>, <c>/referrals/{id}</c> and its history: coded, without a word of the file.</summary>
public static class ReadReferrals
{
    public sealed record Item
    {
        public required Guid Id { get; init; }
        public required string Reference { get; init; }
        public required string CaseCode { get; init; }
        public required string Class { get; init; }
        public required string Urgency { get; init; }
        public required string? ProvinceCode { get; init; }
        public required string Desk { get; init; }
        public required string Purpose { get; init; }
        public required string? Ground { get; init; }
        public required string Unit { get; init; }
        public required string State { get; init; }
        public required long Version { get; init; }
        public required int FileVersion { get; init; }
        public required DateTimeOffset ReferredAt { get; init; }
        public required DateTimeOffset ReceivedAt { get; init; }
        public required DateTimeOffset? AcknowledgeBy { get; init; }
        public required DateTimeOffset? AcknowledgedAt { get; init; }
        public required DateTimeOffset? AnsweredByPhoneAt { get; init; }
        public required DateTimeOffset? RevocationRequestedAt { get; init; }
    }

    const string Select =
        """
        select id, reference, case_code, class, urgency, province_code, desk, purpose, ground, unit, state, version, file_version,
          referred_at, received_at, acknowledge_by, acknowledged_at, answered_by_phone_at, revocation_requested_at
        from referrals where reference is not null and class <> 'probe'
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/referrals", ListAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<Page<Item>>();
        routes.MapGet("/referrals/{id:guid}", HandleAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<Item>();
        routes.MapGet("/referrals/{id:guid}/history", HistoryAsync).RequireRole(Roles.DutyOfficer, Roles.FocalPoint).Produces<Page<HistoryItem>>();
    }

    static async Task<IResult> HandleAsync(Guid id, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        if (await FindAsync(id, http, database, cancel) is not { } item)
            return Problems.Refuse(new Refusal("not-found"));
        http.SetETag(item.Version);
        return Results.Ok(item);
    }

    /// <summary>Words of notes and progress are case content: they open for designated officers only, and as long as the file does.</summary>
    static async Task<IResult> HistoryAsync(Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, CancellationToken cancel)
    {
        if (await FindAsync(id, http, database, cancel) is null)
            return Problems.Refuse(new Refusal("not-found"));
        var (page, refusal) = await HistoryOfAsync(id, http, database, keys, cancel);
        return refusal is null ? Results.Ok(page) : Problems.Refuse(refusal);
    }

    internal static async Task<(Page<HistoryItem>? Page, Refusal? Refusal)> HistoryOfAsync(
        Guid id, HttpContext http, NpgsqlDataSource database, DataKeys keys, CancellationToken cancel)
    {
        var withWords = http.Caller().Designated && await IsOpenAsync(id, database, cancel);
        if (withWords)
            await ReferralHistory.RecordReadingAsync(database, id, http.Caller().Alias, await http.RequestServices.GetRequiredService<DatabaseClock>().NowAsync(cancel), cancel);
        return await ReferralHistory.ReadAsync(http, database, keys, id, withWords, cancel);
    }

    static async Task<bool> IsOpenAsync(Guid id, NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select state <> 'revoked' and content_closed_at is null from referrals where id = $1");
        command.Parameters.Add(Sql.Parameter(id));
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    /// <param name="state">One of the states, or <c>open</c> for all that are not over.</param>
    static async Task<IResult> ListAsync(string? state, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var (paging, refusal) = Paging.Read(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        state = string.IsNullOrEmpty(state) ? null : state;
        if (state is not null and not "open" && !Enum.GetValues<ReferralState>().Any(s => s.ToText() == state))
            return Problems.Refuse(Refusal.With("request.unknown-code", "at", "state"));
        var visible = await Visibility.OfAsync(http.Caller(), database, cancel);
        await using var command = database.CreateCommand(
            $"""
            {Select} and {Visibility.Where(1)}
              and ($3::text is null or state = $3 or $3 = 'open' and is_open)
              and (received_at, id) < ($4, $5)
            order by received_at desc, id desc limit $6
            """);
        visible.Bind(command);
        command.Parameters.Add(Sql.Parameter(state));
        paging!.Bind(command);
        var items = new List<Item>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            items.Add(Read(reader));
        return Results.Ok(paging.Page(items, last => (last.ReceivedAt, last.Id)));
    }

    /// <summary>What is open and visible to the officer, by deadline; what has none comes last.</summary>
    internal static async Task<IReadOnlyList<Item>> OpenAsync(HttpContext http, NpgsqlDataSource database, int most, CancellationToken cancel)
    {
        var visible = await Visibility.OfAsync(http.Caller(), database, cancel);
        await using var command = database.CreateCommand(
            $"{Select} and is_open and {Visibility.Where(1)} order by (state <> 'delivered'), acknowledge_by nulls last, id limit $3");
        visible.Bind(command);
        command.Parameters.Add(Sql.Parameter(most));
        var items = new List<Item>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            items.Add(Read(reader));
        return items;
    }

    internal static async Task<long> CountOpenAsync(HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var visible = await Visibility.OfAsync(http.Caller(), database, cancel);
        await using var command = database.CreateCommand(
            $"select count(*) from referrals where reference is not null and class <> 'probe' and is_open and {Visibility.Where(1)}");
        visible.Bind(command);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    internal static async Task<Item?> FindAsync(Guid id, HttpContext http, NpgsqlDataSource database, CancellationToken cancel)
    {
        var visible = await Visibility.OfAsync(http.Caller(), database, cancel);
        await using var command = database.CreateCommand($"{Select} and id = $1 and {Visibility.Where(2)}");
        command.Parameters.Add(Sql.Parameter(id));
        visible.Bind(command);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    static Item Read(NpgsqlDataReader reader)
    {
        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.Time(column);
        return new Item
        {
            Id = reader.GetGuid(0),
            Reference = reader.GetString(1),
            CaseCode = reader.GetString(2),
            Class = reader.GetString(3),
            Urgency = reader.GetString(4),
            ProvinceCode = reader.Maybe<string>(5),
            Desk = reader.GetString(6),
            Purpose = reader.GetString(7),
            Ground = reader.Maybe<string>(8),
            Unit = reader.GetString(9),
            State = reader.GetString(10),
            Version = reader.GetInt64(11),
            FileVersion = reader.GetInt32(12),
            ReferredAt = reader.Time(13),
            ReceivedAt = reader.Time(14),
            AcknowledgeBy = Time(15),
            AcknowledgedAt = Time(16),
            AnsweredByPhoneAt = Time(17),
            RevocationRequestedAt = Time(18),
        };
    }
}
