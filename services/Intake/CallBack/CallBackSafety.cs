using Hotline.Contracts;

namespace Hotline.Intake.CallBack;

/// <summary>Whether the reporter may be told anything, or be rung back.</summary>
/// <param name="Because"><c>safe</c>, <c>danger</c>, <c>not-safe</c>, <c>waits-for-supervisor</c>, <c>supervisor-allowed</c>, <c>supervisor-refused</c>.</param>
public sealed record CallBackSafety(bool May, string Because)
{
    /// <summary>
    /// Pure: what was said about safety rules; where nobody could say (<c>safeToCallBack</c> null), a supervisor's decision
    /// does, and until there is one nothing is told.
    /// </summary>
    public static CallBackSafety Of(Safety? safety, bool? decision) => safety switch
    {
        { CallerInImmediateDanger: true } => new(false, "danger"),
        { SafeToCallBack: true } => new(true, "safe"),
        { SafeToCallBack: false } => new(false, "not-safe"),
        _ => decision switch
        {
            true => new(true, "supervisor-allowed"),
            false => new(false, "supervisor-refused"),
            null => new(false, "waits-for-supervisor"),
        },
    };
}
