using System.Globalization;

namespace Hotline.Console.Forms;

/// <summary>Days as people write them, in Viet Nam's time zone (Asia/Ho_Chi_Minh).</summary>
public static class LocalDay
{
    static readonly string[] Ways = ["d/M/yyyy", "yyyy-MM-dd"];
    static readonly TimeZoneInfo VietNam = TimeZoneInfo.FindSystemTimeZoneById("Asia/Ho_Chi_Minh");

    /// <summary>18/06/2026 or 2026-06-18; anything else is none.</summary>
    public static DateOnly? Read(string? text) =>
        DateOnly.TryParseExact(text?.Trim(), Ways, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 1900 and <= 2200 ? day : null;

    /// <summary>The first instant of the day, UTC.</summary>
    public static DateTimeOffset Begins(DateOnly day) => At(day.ToDateTime(TimeOnly.MinValue)).ToUniversalTime();

    /// <summary>What a clock on the wall in Viet Nam showed.</summary>
    public static DateTimeOffset At(DateTime wall) => new(wall, VietNam.GetUtcOffset(wall));
}
