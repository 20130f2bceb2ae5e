using System.Globalization;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Http;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline.Duty.Calendar;

/// <summary>
/// <c>PUT /api/v1/holidays</c>: the table of one year. Days that are over are facts: they may come along unchanged, and
/// nothing else. What is replaced stays, with the time until which it held.
/// </summary>
public static class ChangeHolidays
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/holidays", Documents.Put<HolidayYear>(WriteAsync)).RequireRole(Roles.Administrator).Accepts<HolidayYear>("application/json").Produces<HolidayYear>();

    /// <summary>Also what the form on the screen does.</summary>
    internal static async Task<(HolidayYear? Year, Refusal? Refusal)> WriteAsync(
        NpgsqlDataSource database, HolidayYear table, long seen, Caller by, IdempotencyKey? key, DateTimeOffset now, CancellationToken cancel)
    {
        if (table.Check() is { } bad)
            return (null, bad);
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (!await TakeTurnAsync(connection, table.Year!.Value, seen, cancel))
            return (null, new Refusal("version.stale"));
        var held = (await CalendarDays.InForceAsync(connection, cancel)).Where(day => day.Date.Year == table.Year).ToList();
        var wanted = (table.Days ?? []).Select(day => day.ToDay()).ToList();
        if (ChangedInPast(held, wanted, DateOnly.FromDateTime(ZonedTime.Local(now, ZonedTime.Zone(ZonedTime.HaNoi)))) is { } past)
            return (null, Refusal.With("holiday.in-past", "date", past.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
        await WriteAsync(connection, held, wanted, (table.Year.Value, seen + 1), by.Alias, key, now, cancel);
        await transaction.CommitAsync(cancel);
        return (HolidayYear.Of(table.Year.Value, wanted.OrderBy(day => day.Date)), null);
    }

    /// <summary>The first date before today that would become another kind of day than it was.</summary>
    internal static DateOnly? ChangedInPast(IReadOnlyList<CalendarDay> held, IReadOnlyList<CalendarDay> wanted, DateOnly today) =>
        held.Except(wanted).Concat(wanted.Except(held)).Select(day => day.Date).Where(date => date < today).Order().Select(date => (DateOnly?)date).FirstOrDefault();

    /// <summary>Locks the year until the end of the transaction; false where somebody was quicker.</summary>
    static async Task<bool> TakeTurnAsync(NpgsqlConnection connection, int year, long seen, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into calendar_years (year, version) select $1, 1 where $2 = 0
            on conflict (year) do nothing
            """,
            connection);
        command.Parameters.Add(Sql.Parameter(year));
        command.Parameters.Add(Sql.Parameter(seen));
        if (await command.ExecuteNonQueryAsync(cancel) > 0)
            return true;
        await using var next = new NpgsqlCommand("update calendar_years set version = version + 1 where year = $1 and version = $2", connection);
        next.Parameters.Add(Sql.Parameter(year));
        next.Parameters.Add(Sql.Parameter(seen));
        return await next.ExecuteNonQueryAsync(cancel) > 0;
    }

    static async Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<CalendarDay> held, IReadOnlyList<CalendarDay> wanted, (int Year, long Version) table, string by, IdempotencyKey? key,
        DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var gone in held.Except(wanted))
            batch.BatchCommands.Add(CalendarDays.Withdraw(gone.Date, now));
        foreach (var added in wanted.Except(held))
            batch.BatchCommands.Add(CalendarDays.Insert(added, by, now));
        batch.BatchCommands.Add(Sql.Command("insert into calendar_versions (year, version, changed_by, changed_at) values ($1, $2, $3, $4)", table.Year, table.Version, by, now));
        batch.BatchCommands.Add(new AuditRecord { Kind = "calendar.changed", At = now, Actor = by, Code = table.Year.ToString(CultureInfo.InvariantCulture) }.Insert());
        if (key is not null)
            batch.BatchCommands.Add(key.Insert(Guid.CreateVersion7(now)));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
