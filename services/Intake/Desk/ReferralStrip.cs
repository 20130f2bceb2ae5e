using Hotline.Console.Components;
using Hotline.Console.Words;
using Hotline.Duty.Ladders;

namespace Hotline.Intake.Desk;

/// <summary>A referral with how it stands.</summary>
public sealed record DeskLine(DeskReferral Referral, Standing Standing);

/// <summary>Puts a standing into the words of the strip.</summary>
public static class ReferralStrip
{
    public static StripLine Of(DeskLine line, Phrasebook words, DateTimeOffset now)
    {
        var (facts, standing) = line;
        string Time(DateTimeOffset? at) => at is { } t ? words.When(t, now) : "—";
        var looks = standing.Looks;
        List<StripStep> steps =
        [
            new(looks[0], words["strip.queued"], Time(facts.CreatedAt)),
            new(looks[1], words[looks[1] == StepLook.Cut ? "strip.not-sent" : "strip.sent"], Time(facts.SentAt ?? facts.DeliveredAt)),
            new(looks[2], words[looks[2] == StepLook.Cut ? "strip.not-delivered" : "strip.delivered"],
                looks[2] == StepLook.Cut ? words["script.due", words.When(standing.Due, now)] : Time(facts.DeliveredAt)),
            new(looks[3], words[Acknowledged(facts, looks[3])], AcknowledgedUnder(facts, standing, words, now)),
            new(looks[4], words[facts.State switch { "declined" => "strip.declined", "revoked" => "strip.revoked", "closed" => "strip.closed", _ => "strip.accepted" }],
                facts.State == "declined" ? Time(facts.DeclinedAt) : looks[4] == StepLook.Running ? words["strip.waiting"] : Time(facts.AcceptedAt)),
        ];
        return new StripLine(facts.Id, words.Of(facts.AgencyVi, facts.AgencyEn), Unit(facts, words), steps, Clock(standing, words), $"/cases/{facts.CaseId}");
    }

    public static string Unit(DeskReferral facts, Phrasebook words)
    {
        var desk = words.Begin(words.Code("desk", facts.Desk));
        return facts.Unit == LadderStep.Central ? desk : $"{desk} · {Place(words.Code("province", facts.Unit))}";
    }

    /// <summary>Without "Tỉnh", "Thành phố", "Province".</summary>
    static string Place(string province) => province.Replace("Tỉnh ", "", StringComparison.Ordinal).Replace("Thành phố ", "", StringComparison.Ordinal)
        .Replace(" Province", "", StringComparison.Ordinal).Replace(" City", "", StringComparison.Ordinal);

    static string Acknowledged(DeskReferral facts, StepLook look) => look switch
    {
        StepLook.Done when facts.AcknowledgedAt is null && facts.AcceptedAt is null => "strip.by-phone",
        StepLook.Done or StepLook.Later => "strip.acknowledged",
        StepLook.Running => "strip.awaiting-acknowledgement",
        _ => "strip.not-acknowledged",
    };

    static string AcknowledgedUnder(DeskReferral facts, Standing standing, Phrasebook words, DateTimeOffset now) => standing.Looks[3] switch
    {
        StepLook.Done => string.Join(" · ", new[] { words.When(facts.AcknowledgedAt ?? facts.AnsweredByPhoneAt ?? facts.AcceptedAt!.Value, now), facts.AcknowledgedBy }.OfType<string>()),
        StepLook.Later => "—",
        _ => words["script.due", words.When(standing.Due, now)],
    };

    static ClockFace? Clock(Standing standing, Phrasebook words) => standing.Waiting switch
    {
        Waiting.Delivery => new ClockFace(standing.Due, true, words["clock.delivery"], words["clock.delivery-over"], Danger: standing.Danger || standing.Looks.Contains(StepLook.Danger)),
        Waiting.Acknowledgement => new ClockFace(standing.Due, true, words["clock.acknowledgement"], words["clock.acknowledgement-over"], standing.AmberFrom, standing.Danger),
        Waiting.Progress => new ClockFace(standing.Due, true, words["clock.progress"], words["clock.progress-over"], standing.AmberFrom),
        Waiting.Desk => new ClockFace(standing.Due, false, words["clock.desk"], words["clock.desk"]),
        _ => null,
    };
}
