using System.Globalization;
using System.Text;

namespace Hotline.Duty.Calendar;

/// <summary>What the program ships: the known years, and lunar dates as proposals for those to come (README.md beside the files).</summary>
public static class CalendarFiles
{
    const string Source = "vn-public-holidays.csv";
    const string LunarSource = "vn-lunar-anchors.csv (UTC+7)";

    /// <summary>The rows of 2024 to 2027.</summary>
    public static IReadOnlyList<CalendarDay> KnownDays() =>
    [
        .. from row in Rows("vn-public-holidays.csv")
           select new CalendarDay(
               Date(row[0]), row[1], row[2], row[3], row[4], row[2].Contains("Tet", StringComparison.Ordinal), Source,
               // The files say that it was decided, not when.
               null),
    ];

    /// <summary>
    /// A year as it would be if nothing were decided differently: Tet's eve and four days, Hung Kings' day and the fixed
    /// dates, all of them <c>computed</c>. Days in lieu are left to the decision. Empty beyond 2050.
    /// </summary>
    public static IReadOnlyList<CalendarDay> ProposalsFor(int year)
    {
        if (Rows("vn-lunar-anchors.csv").FirstOrDefault(row => row[0] == year.ToString(CultureInfo.InvariantCulture)) is not { } anchor)
            return [];
        var tet = Date(anchor[1]);
        return
        [
            Proposal(new DateOnly(year, 1, 1), "Tết Dương lịch", "New Year's Day"),
            .. Enumerable.Range(-1, 5).Select(day => Proposal(
                tet.AddDays(day), "Tết Nguyên đán", "Lunar New Year (Tet)") with { Tet = true, Source = LunarSource }),
            Proposal(Date(anchor[2]), "Giỗ Tổ Hùng Vương (10/3 âm lịch)", "Hung Kings' Commemoration Day") with { Source = LunarSource },
            Proposal(new DateOnly(year, 4, 30), "Ngày Chiến thắng", "Victory Day (Reunification Day)"),
            Proposal(new DateOnly(year, 5, 1), "Ngày Quốc tế lao động", "International Labour Day"),
            Proposal(new DateOnly(year, 9, 2), "Quốc khánh", "National Day"),
        ];
    }

    static CalendarDay Proposal(DateOnly date, string vi, string en) =>
        new(date, vi, en, CalendarDay.Holiday, CalendarDay.Computed, Tet: false, "Labour Code 2019, article 112", null);

    static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    static IEnumerable<string[]> Rows(string name)
    {
        using var stream = typeof(CalendarFiles).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Csv.Fields)];
    }
}
