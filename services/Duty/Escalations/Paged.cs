namespace Hotline.Duty.Escalations;

/// <summary>Those on duty for a referral: whom its pages went to, by the roster of that moment, as long as it escalates or is worked on.</summary>
public static class Paged
{
    /// <summary>A condition in SQL.</summary>
    /// <param name="subject">Column or parameter with the referral's id.</param>
    /// <param name="account">The same for the officer's account.</param>
    public static string Where(string subject, string account) =>
        $"exists (select from escalations pe join page_attempts pa on pa.escalation_id = pe.id where pe.subject_id = {subject} and pe.status <> 'ended' and pa.target_kind = 'Person' and pa.target_id = {account})";
}
