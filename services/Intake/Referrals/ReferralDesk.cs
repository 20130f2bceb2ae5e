using Hotline.Duty.Ladders;

namespace Hotline.Intake.Referrals;

/// <summary>Which desk of an agency a referral goes to, as <c>referrals.desk</c> says it.</summary>
static class ReferralDesk
{
    public const string Central = "central";
    public const string Province = "province";

    /// <summary>Whose duty roster answers for it: <see cref="LadderStep.Central"/> or a province code.</summary>
    /// <param name="province">Of the place of the event; a central desk has it too where it is known.</param>
    public static string UnitOf(string desk, string? province) => desk == Province && province is not null ? province : LadderStep.Central;
}
