namespace Hotline.Intake.Consents;

/// <summary>What the register says of one agency and purpose, beside what the calls of the case say.</summary>
/// <param name="Given">A recorded consent is in force, of somebody who may speak for a victim.</param>
/// <param name="GivenByReporter">A reporter's is: it counts where no victim is on the case (C4).</param>
/// <param name="Withdrawn">Consent was withdrawn or ran out: what the calls say no longer counts.</param>
public sealed record RecordedConsent(bool Given, bool GivenByReporter, bool Withdrawn)
{
    /// <summary>Nothing was ever recorded: the calls decide.</summary>
    public static RecordedConsent None { get; } = new(false, false, false);

    /// <summary>Three columns for a query over <c>n</c> with <c>case_id, agency, purpose</c>.</summary>
    public const string Columns =
        $"""
        {InForce} and given_by <> 'reporter'),
        {InForce} and given_by = 'reporter'),
        exists (select from consent_withdrawals w where w.case_id = n.case_id and w.agency = n.agency)
        """;

    const string InForce =
        """
        exists (select from consents c where c.case_id = n.case_id and c.agency = n.agency and (c.purpose is null or c.purpose = n.purpose) and ended_at is null
          and valid_from <= hotline_now() and (valid_until is null or valid_until > hotline_now())
        """;
}
