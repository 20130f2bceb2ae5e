using Hotline.Contracts;
using Hotline.Duty.Ladders;

namespace Hotline.Duty.Roster;

/// <summary>Desks: the central one, and one for each province of the list in force.</summary>
static class Units
{
    public static bool Exists(string unit) => unit == LadderStep.Central || CodeList.Of("province").Contains(unit);
}
