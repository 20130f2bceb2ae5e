using Hotline.Console.Components;
using Hotline.Console.Words;
using Hotline.Handling.Referrals;

namespace Hotline.Handling.Desk;

/// <summary>How a referral stands, as the inbox shows it: five steps and the clock that runs.</summary>
static class InboxStanding
{
    public static StripLine Strip(ReadReferrals.Item item, Phrasebook t, DateTimeOffset now)
    {
        var (acknowledged, accepted) = (item.State is "acknowledged" or "accepted" or "closed", item.State is "accepted" or "closed");
        var over = item.State is "declined" or "revoked";
        var late = item.State == "delivered" && item.AcknowledgeBy < now;
        return new StripLine(item.Id, item.Reference, t.Code("desk", item.Desk),
        [
            new StripStep(StepLook.Done, t["inbox.step.queued"], t.When(item.ReferredAt, now)),
            new StripStep(StepLook.Done, t["inbox.step.sent"], t.When(item.ReferredAt, now)),
            new StripStep(StepLook.Done, t["inbox.step.delivered"], t.When(item.ReceivedAt, now)),
            new StripStep(
                acknowledged ? StepLook.Done : over ? StepLook.Stopped : late ? item.Urgency == "P0" ? StepLook.Danger : StepLook.Late : StepLook.Running,
                over ? t[$"inbox.state.{item.State}"] : t[acknowledged ? "inbox.step.acknowledged" : "inbox.step.to-acknowledge"],
                item.AcknowledgedAt is { } at ? t.When(at, now) : ""),
            new StripStep(
                accepted ? StepLook.Done : acknowledged ? StepLook.Running : StepLook.Later,
                t[accepted ? "inbox.step.accepted" : acknowledged ? "inbox.step.to-accept" : "inbox.step.accepted"],
                acknowledged && !accepted ? t["inbox.step.you-decide"] : ""),
        ], Clock(item, t));
    }

    /// <summary>Until the acknowledgement; afterwards since when it is in hand. Null where it is over.</summary>
    public static ClockFace? Clock(ReadReferrals.Item item, Phrasebook t) => item.State switch
    {
        "delivered" when item.AcknowledgeBy is { } by => new ClockFace(
            by, Until: true, t["inbox.clock.to-acknowledge"], t["inbox.clock.overdue"], by - ((by - item.ReceivedAt) / 3), Danger: item.Urgency == "P0"),
        "delivered" => new ClockFace(item.ReceivedAt, Until: false, t["inbox.clock.since-delivered"], ""),
        "acknowledged" or "accepted" => new ClockFace(item.AcknowledgedAt ?? item.ReceivedAt, Until: false, t["inbox.clock.since-acknowledged"], ""),
        _ => null,
    };

    /// <summary>A P0 that somebody answers for has an outline only.</summary>
    public static bool IsCalm(ReadReferrals.Item item) => item.State != "delivered";

    public static bool IsDrill(ReadReferrals.Item item) => item.Class == "exercise";
}
