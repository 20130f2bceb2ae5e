namespace Hotline.Duty.Calendar;

/// <summary>What kind of time it is at a place; rosters and clocks differ by it.</summary>
public enum DayClass
{
    OfficeHours,
    AfterHours,
    Weekend,
    PublicHoliday,
    Tet,
}

public static class DayClassCodes
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<DayClass>().Select(ToText)];

    public static string ToText(this DayClass day) => day switch
    {
        DayClass.OfficeHours => "office-hours",
        DayClass.AfterHours => "after-hours",
        DayClass.Weekend => "weekend",
        DayClass.PublicHoliday => "public-holiday",
        DayClass.Tet => "tet",
    };
}
