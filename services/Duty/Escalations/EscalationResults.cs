namespace Hotline.Duty.Escalations;

/// <summary>What a word to the hub about an escalation says, besides the states of pages.</summary>
public static class EscalationResults
{
    public const string Paging = "paging";

    /// <summary>Every step was empty: only a call from the hotline helps.</summary>
    public const string NobodyReached = "nobody-reached";

    /// <summary>What came of pages that were reported before.</summary>
    public const string Results = "results";
}
