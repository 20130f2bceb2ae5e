using Hotline.Contracts;

namespace Hotline.Duty.Escalations;

/// <summary>What a word to the hub about an escalation says, besides the states of pages.</summary>
public static class EscalationResults
{
    public const string Paging = "paging";

    /// <summary>Every step was empty: only a call from the hotline helps.</summary>
    public const string NobodyReached = "nobody-reached";

    /// <summary>What came of pages that were reported before.</summary>
    public const string Results = "results";

    /// <summary>
    /// Results, and of a step's pages that leave the house none got through. A console counts for nothing here: an open
    /// screen is no proof that somebody looks at it. Nor does an e-mail that a server took, where a telephone should have rung.
    /// </summary>
    public const string Undelivered = "undelivered";

    /// <summary>Whether a page that left the house got through.</summary>
    public static bool SaySomebodyIsReached(EscalationAdvanced advanced) =>
        advanced.Pages?.Any(p => p.Channel != PageChannels.Console && p.State is AttemptStates.Delivered or AttemptStates.Answered) == true;

    /// <summary>Whether the hotline must telephone at once.</summary>
    public static bool SayNobodyIsReached(EscalationAdvanced advanced) => advanced.Result is NobodyReached or Undelivered;
}
