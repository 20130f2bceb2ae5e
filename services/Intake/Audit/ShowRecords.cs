using System.Globalization;
using Hotline.Console;
using Hotline.Console.Words;
using Hotline.Hosting;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Intake.Audit;

/// <summary>What the supervisor asked for, as it was typed.</summary>
/// <param name="From">First day, <c>2026-06-18</c>, in Viet Nam.</param>
/// <param name="To">Last day.</param>
public sealed record RecordFilter(string Case, string Person, string Kind, string From, string To, string Text)
{
    public static RecordFilter None { get; } = new("", "", "", "", "", "");

    public bool IsAny => this != None;

    static readonly TimeSpan VietNam = TimeSpan.FromHours(7);

    /// <summary>Null where a day is none.</summary>
    public ReadRecords.Query? ToQuery()
    {
        if (!TryDay(From, out var from) || !TryDay(To, out var to))
            return null;
        return new ReadRecords.Query(Case, Person, Kind, from, to?.AddDays(1), Text);
    }

    static bool TryDay(string text, out DateTimeOffset? start)
    {
        start = null;
        if (text.Length == 0)
            return true;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return false;
        start = new DateTimeOffset(day, TimeOnly.MinValue, VietNam).ToUniversalTime();
        return true;
    }
}

/// <summary>The records on the screen.</summary>
/// <param name="Next">Where the next page begins; null on the last.</param>
/// <param name="Wrong">A day or a case was given that is none.</param>
/// <param name="Kinds">Those that the log knows.</param>
public sealed record RecordsView(
    RecordFilter Filter, IReadOnlyList<ReadRecords.Item> Items, string? Next, bool Wrong, IReadOnlyList<string> Kinds, AuditStatus.Answer Log, VerifyLog.Answer? Verified,
    bool Busy, DateTimeOffset At);

/// <summary>
/// <c>/audit</c>: who did what when, how far the log and its witnesses are, and whether it is sound. Filters are posted, so that
/// nothing that is typed stands in an address. Every reading is recorded.
/// </summary>
public static class ShowRecords
{
    const int PageSize = 50;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPage("/audit", (HttpContext http, ShowRecordsParts parts, CancellationToken cancel) => ShowAsync(http, RecordFilter.None, "", parts, cancel)).RequireRole(Roles.Supervisor);
        app.MapForm("/audit", FilterAsync).RequireRole(Roles.Supervisor);
        app.MapForm("/audit/verify", VerifyAsync).RequireRole(Roles.Supervisor);
    }

    static async Task<IResult> FilterAsync(HttpContext http, ShowRecordsParts parts, CancellationToken cancel)
    {
        var form = await http.Request.ReadFormAsync(cancel);
        string Text(string name) => form[name].ToString().Trim().Normalize();
        return await ShowAsync(http, new RecordFilter(Text("case"), Text("person"), Text("kind"), Text("from"), Text("to"), Text("text")), Text("cursor"), parts, cancel);
    }

    static async Task<IResult> VerifyAsync(
        HttpContext http, ShowRecordsParts parts, HostSettings settings, Envelope envelope, DataKeys keys, StorageKeys storage, CancellationToken cancel)
    {
        var verified = await VerifyLog.RunAsync(http, settings, parts.Database, envelope, keys, storage, parts.Clock, cancel);
        return await ShowAsync(http, RecordFilter.None, "", parts, cancel, verified, busy: verified is null);
    }

    static async Task<IResult> ShowAsync(
        HttpContext http, RecordFilter filter, string cursor, ShowRecordsParts parts, CancellationToken cancel, VerifyLog.Answer? verified = null, bool busy = false)
    {
        await using var connection = await parts.Database.OpenConnectionAsync(cancel);
        var (query, subject) = (filter.ToQuery(), filter.Case.Length == 0 ? null : await CaseSubjects.FindAsync(connection, filter.Case, cancel));
        var wrong = query is null || filter.Case.Length > 0 && subject is null || !ReadRecords.TryPlace(cursor, out _);
        var now = await parts.Clock.NowAsync(cancel);
        await ReadRecords.RecordAsync(connection, http, now, cancel, subject?.Case);
        List<ReadRecords.Item> items = [];
        if (!wrong)
        {
            ReadRecords.TryPlace(cursor, out var before);
            var actors = filter.Person.Length == 0 ? null : await ReadRecords.ActorsAsync(connection, filter.Person, parts.Leaves, cancel);
            items = await ReadRecords.FindAsync(connection, query!, subject is null ? null : [.. subject.Subjects.Select(parts.Leaves.Subject)], actors, before, PageSize + 1, cancel);
        }
        var more = items.Count > PageSize;
        if (more)
            items.RemoveAt(PageSize);
        return Pages.Show<RecordsPage>(new
        {
            View = new RecordsView(
                filter, items, more ? $"{items[^1].Epoch}.{items[^1].Index}" : null, wrong, await KindsAsync(connection, cancel), await parts.Status.ReadAsync(cancel), verified, busy, now),
        }, wrong ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }

    /// <summary>By one look at the index for each, not by reading the log.</summary>
    static async Task<List<string>> KindsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            with recursive kinds as (
              (select kind from audit.leaves order by kind limit 1)
              union all select (select l.kind from audit.leaves l where l.kind > k.kind order by l.kind limit 1) from kinds k where k.kind is not null)
            select kind from kinds where kind is not null
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var kinds = new List<string>();
        while (await reader.ReadAsync(cancel))
            kinds.Add(reader.GetString(0));
        return kinds;
    }
}

/// <summary>What the page is made from.</summary>
public sealed record ShowRecordsParts(NpgsqlDataSource Database, AuditLeaf Leaves, StatusReader Status, DatabaseClock Clock);

/// <summary>Kinds of records in words.</summary>
static class RecordWords
{
    /// <summary>The kind itself where it has no words: better than hiding it.</summary>
    public static string Kind(this Phrasebook words, string kind) =>
        words.Has($"kind.{kind}") ? words[$"kind.{kind}"] : words.Has($"event.{kind}") ? words.Begin(words[$"event.{kind}"]) : kind;
}
