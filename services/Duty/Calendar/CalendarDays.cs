using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Duty.Calendar;

/// <summary>The rows of the calendar. A row that was replaced stays, with the time until which it held.</summary>
public static class CalendarDays
{
    const string Columns = "date, name_vi, name_en, kind, basis, tet, source, decided_on";

    public static Task<IReadOnlyList<CalendarDay>> InForceAsync(NpgsqlConnection connection, CancellationToken cancel) =>
        ReadAsync(new NpgsqlCommand($"select {Columns} from calendar_days where known_until is null order by date", connection), cancel);

    /// <summary>A year's table as a change left it; version 0 is what it held before anybody changed it.</summary>
    public static Task<IReadOnlyList<CalendarDay>> OfVersionAsync(NpgsqlConnection connection, int year, long version, CancellationToken cancel)
    {
        var command = new NpgsqlCommand(
            $"""
            select {Columns} from calendar_days d join calendar_versions v on v.year = $1
              and v.version = case when $2 = 0 then (select min(version) from calendar_versions where year = $1) else $2 end
            where extract(year from date) = $1 and case when $2 = 0 then known_from < v.changed_at and (known_until is null or known_until >= v.changed_at)
              else known_from <= v.changed_at and (known_until is null or known_until > v.changed_at) end
            order by date
            """, connection);
        command.Parameters.Add(Sql.Parameter(year));
        command.Parameters.Add(Sql.Parameter(version));
        return ReadAsync(command, cancel);
    }

    static async Task<IReadOnlyList<CalendarDay>> ReadAsync(NpgsqlCommand query, CancellationToken cancel)
    {
        await using var command = query;
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var days = new List<CalendarDay>();
        while (await reader.ReadAsync(cancel))
            days.Add(new CalendarDay(
                reader.GetFieldValue<DateOnly>(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                reader.GetBoolean(5), reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<DateOnly>(7)));
        return days;
    }

    public static NpgsqlBatchCommand Insert(CalendarDay day, string by, DateTimeOffset now) => Sql.Command(
        $"insert into calendar_days ({Columns}, known_from, changed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        day.Date, day.NameVi, day.NameEn, day.Kind, day.Basis, day.Tet, day.Source, day.DecidedOn, now, by);

    public static NpgsqlBatchCommand Withdraw(DateOnly date, DateTimeOffset now) =>
        Sql.Command("update calendar_days set known_until = $2 where date = $1 and known_until is null", date, now);
}
