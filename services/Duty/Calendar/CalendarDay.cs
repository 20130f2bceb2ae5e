namespace Hotline.Duty.Calendar;

/// <summary>A date that is not what its day of the week says.</summary>
/// <param name="Kind"><c>holiday</c>, <c>compensatory</c> (a day off in lieu or in exchange) or <c>swapped-working-day</c>.</param>
/// <param name="Basis"><c>decided</c>, <c>computed</c> (a proposal, taken as a day off until decided) or <c>announced</c> (a policy, no day off until confirmed).</param>
/// <param name="Tet">Whether it belongs to the Lunar New Year.</param>
/// <param name="Source">Where it was published.</param>
/// <param name="DecidedOn">Date of the decision; null while there is none.</param>
public sealed record CalendarDay(DateOnly Date, string NameVi, string NameEn, string Kind, string Basis, bool Tet, string Source, DateOnly? DecidedOn)
{
    public const string Holiday = "holiday";
    public const string Compensatory = "compensatory";
    public const string SwappedWorkingDay = "swapped-working-day";
    public const string Decided = "decided";
    public const string Computed = "computed";
    public const string Announced = "announced";

    public static IReadOnlyList<string> Kinds { get; } = [Holiday, Compensatory, SwappedWorkingDay];

    public static IReadOnlyList<string> Bases { get; } = [Decided, Computed, Announced];

    public bool IsDayOff => Kind != SwappedWorkingDay && Basis != Announced;

    public bool IsWorkingSaturday => Kind == SwappedWorkingDay && Basis != Announced;
}
