namespace Hotline.Duty.Calendar;

/// <summary>Local dates and instants, by IANA time zone, over daylight-saving changes.</summary>
public static class ZonedTime
{
    public const string HaNoi = "Asia/Ho_Chi_Minh";

    /// <summary>The zone of that IANA name; null where nobody knows it. Names of Windows are refused.</summary>
    public static TimeZoneInfo? Find(string name) =>
        name.Length is > 0 and <= 64 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '+' or '-') && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    /// <exception cref="TimeZoneNotFoundException">The name was never checked.</exception>
    public static TimeZoneInfo Zone(string name) => Find(name) ?? throw new TimeZoneNotFoundException(name);

    public static DateTime Local(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone).DateTime;

    /// <summary>
    /// The instant, UTC, of a local time. Where clocks are put back and it comes twice, the first; where they are put
    /// forward over it, the instant at which they are.
    /// </summary>
    public static DateTimeOffset InstantOf(DateOnly date, TimeOnly time, TimeZoneInfo zone)
    {
        var local = date.ToDateTime(time);
        if (zone.IsAmbiguousTime(local))
            return new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max()).ToUniversalTime();
        if (!zone.IsInvalidTime(local))
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        var after = local;
        while (zone.IsInvalidTime(after))
            after = after.AddMinutes(1);
        return new DateTimeOffset(after, zone.GetUtcOffset(after)).ToUniversalTime();
    }
}
