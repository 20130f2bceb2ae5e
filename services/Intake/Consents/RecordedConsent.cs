namespace Hotline.Intake.Consents;

/// <summary>What the register says of one agency and purpose, beside what the calls of the case say.</summary>
/// <param name="Given">A recorded consent is in force.</param>
/// <param name="Withdrawn">Consent was withdrawn or ran out: what the calls say no longer counts.</param>
public sealed record RecordedConsent(bool Given, bool Withdrawn)
{
    /// <summary>Nothing was ever recorded: the calls decide.</summary>
    public static RecordedConsent None { get; } = new(false, false);

    /// <summary>Two columns for a query that knows the case ($1), the agency ($2) and the purpose ($3).</summary>
    public const string Columns =
        """
        exists (select from consents where case_id = $1 and agency = $2 and (purpose is null or purpose = $3) and ended_at is null
          and valid_from <= hotline_now() and (valid_until is null or valid_until > hotline_now())),
        exists (select from consent_withdrawals where case_id = $1 and agency = $2)
        """;
}
