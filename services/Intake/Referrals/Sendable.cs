using Hotline.Contracts;
using Hotline.Intake.Consents;

namespace Hotline.Intake.Referrals;

/// <summary>What an operator asks for when pressing Refer (http.md, "Intake").</summary>
public sealed record ReferralRequest
{
    [Max(41)] public string? Agency { get; init; }
    [Code("urgency")] public string? Urgency { get; init; }
    [Code("province")] public string? ProvinceCode { get; init; }
    [Code("desk")] public string? Desk { get; init; }
    [Code("purpose")] public string? Purpose { get; init; }
    [Code("ground")] public string? Ground { get; init; }
    [Code("withhold")] public IReadOnlyList<string>? Withhold { get; init; }
    public bool? Confirm { get; init; }
}

/// <summary>Decides whether a file may go out as asked. Pure; the program refuses only what http.md says, and advises on the rest.</summary>
public static class Sendable
{
    /// <summary>Null, or why not.</summary>
    public static Refusal? Check(CaseFile file, ReferralRequest request, RecordedConsent? recorded = null)
    {
        var covered = Covers(file, request.Agency!, recorded ?? RecordedConsent.None);
        return Minimum(file, request, covered) is { Count: > 0 } missing
            ? Refusal.With("referral.incomplete", "missing", missing)
            : request.Ground is null && !covered ? new Refusal("referral.no-consent") : null;
    }

    /// <summary>The register first; what the calls say counts while nothing was withdrawn (C6, C7).</summary>
    static bool Covers(CaseFile file, string agency, RecordedConsent recorded) =>
        IsRecorded(file, recorded) || !recorded.Withdrawn && Covers(file, agency);

    /// <summary>Whether the register holds a consent that counts for this file.</summary>
    public static bool IsRecorded(CaseFile file, RecordedConsent recorded) => recorded.Given || recorded.GivenByReporter && !HasVictim(file);

    static bool HasVictim(CaseFile file) => file.Persons.Any(p => p.Role == "victim");

    /// <summary>What an agency would like to know and the file does not say; a P0 goes without.</summary>
    public static IReadOnlyList<string> Missing(CaseFile file)
    {
        var missing = new List<string>();
        if (!Says(file, c => c.Summary))
            missing.Add("summary");
        if (file.Persons.Count == 0 && file.PlaceOfEvent?.Country is null && file.Complaint is null)
            missing.Add("persons");
        if (file.Safety is null)
            missing.Add("safety");
        return missing;
    }

    /// <summary>The desk: central where the province is unknown or abroad, and always where a call of the case complains about this agency (G6).</summary>
    public static (string Desk, string? Province) Desk(CaseFile file, ReferralRequest request, bool complainedOf = false)
    {
        var abroad = file.PlaceOfEvent?.Country is { } country && country != "VN";
        var province = request.ProvinceCode ?? (abroad ? null : file.PlaceOfEvent?.ProvinceCode);
        var central = province is null || request.Desk == ReferralDesk.Central || complainedOf || file.Complaint?.AgainstAgency == request.Agency;
        return (central ? ReferralDesk.Central : ReferralDesk.Province, province);
    }

    /// <summary>Whether recorded consent reaches the agency. A reporter speaks for a victim nowhere (C4).</summary>
    public static bool Covers(CaseFile file, string agency)
    {
        if (file.Consent is not { } consent)
            return false;
        if (consent.By == "reporter" && HasVictim(file))
            return false;
        var scope = consent.ScopeAgencies ?? [];
        return consent.Given switch
        {
            "yes" => scope.Count == 0 || scope.Contains(agency),
            "partial" => scope.Contains(agency),
            _ => false,
        };
    }

    /// <summary>Whether any call of the case has it: a further call need not say again what the first one did.</summary>
    static bool Says(CaseFile file, Func<CallSheet, string?> member) => (file.EarlierCalls ?? []).Append(file.Call).Any(c => !string.IsNullOrWhiteSpace(member(c)));

    static List<string> Minimum(CaseFile file, ReferralRequest request, bool covered)
    {
        var missing = new List<string>();
        if (request.Purpose is null)
            missing.Add("purpose");
        if (request.Urgency != "P0")
        {
            missing.AddRange(Missing(file));
            return missing;
        }
        if (request.Ground is null && !covered)
            missing.Add("ground");
        var place = file.PlaceOfEvent is { } p && new[] { p.Country, p.ProvinceCode, p.CommuneName, p.Detail }.Any(text => !string.IsNullOrWhiteSpace(text));
        if (!place && !Says(file, c => c.Summary) && !Says(file, c => c.CallerNumber))
            missing.Add("summary");
        return missing;
    }
}
