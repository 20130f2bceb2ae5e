using Hotline.Contracts;

namespace Hotline.Duty.Calendar;

/// <summary>The table of one year, as it is read and written.</summary>
public sealed record HolidayYear
{
    public int? Year { get; init; }
    public IReadOnlyList<HolidayDay>? Days { get; init; }

    public static HolidayYear Of(int year, IEnumerable<CalendarDay> days) => new()
    {
        Year = year,
        Days = [.. days.Select(day => new HolidayDay
        {
            Date = day.Date, NameVi = day.NameVi, NameEn = day.NameEn, Kind = day.Kind, Basis = day.Basis, Tet = day.Tet, Source = day.Source, DecidedOn = day.DecidedOn,
        })],
    };

    /// <summary>Null where nothing is wrong with it.</summary>
    public Refusal? Check()
    {
        if (Year is not (>= 1900 and <= 2100))
            return Refusal.With("request.malformed", "at", "/year");
        var dates = new HashSet<DateOnly>();
        foreach (var (i, day) in (Days ?? []).Index())
        {
            if (day.Date is not { } date || date.Year != Year || !dates.Add(date))
                return Refusal.With("request.malformed", "at", $"/days/{i}/date");
            if (string.IsNullOrWhiteSpace(day.NameVi))
                return Refusal.With("request.malformed", "at", $"/days/{i}/nameVi");
            // Without a source nobody can check who decided it.
            if (string.IsNullOrWhiteSpace(day.Source))
                return Refusal.With("request.malformed", "at", $"/days/{i}/source");
            if (day.Kind is null || !CalendarDay.Kinds.Contains(day.Kind))
                return Refusal.With("request.unknown-code", "at", $"/days/{i}/kind");
            if (day.Basis is { } basis && !CalendarDay.Bases.Contains(basis))
                return Refusal.With("request.unknown-code", "at", $"/days/{i}/basis");
        }
        return null;
    }
}

/// <summary>As it is written: the members of a <see cref="CalendarDay"/>.</summary>
public sealed record HolidayDay
{
    public DateOnly? Date { get; init; }
    [Max(200)] public string? NameVi { get; init; }
    [Max(200)] public string? NameEn { get; init; }
    [Max(30)] public string? Kind { get; init; }
    [Max(20)] public string? Basis { get; init; }
    public bool? Tet { get; init; }
    [Max(300)] public string? Source { get; init; }
    public DateOnly? DecidedOn { get; init; }

    public CalendarDay ToDay() => new(Date!.Value, NameVi!, NameEn ?? NameVi!, Kind!, Basis ?? CalendarDay.Decided, Tet ?? false, Source!, DecidedOn);
}
