using NUnit.Framework;

namespace Hotline.Contracts.Tests;

/// <summary>Walks the whole table of moves: every state with every command, against the drawing in the protocol.</summary>
public sealed class When_a_referral_is_asked_to_move
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 2, 0, 0, TimeSpan.Zero);

    // state: command>next, in the words of the protocol. Everything that is not written here is refused.
    static readonly string[] Drawing =
    [
        "queued: Send>sent Withdraw>revoked Deliver>delivered",
        "sent: Deliver>delivered",
        "delivered: Acknowledge>acknowledged Accept>accepted Decline>declined Revoke>revoked",
        "acknowledged: Accept>accepted Decline>declined HandBack>delivered NoteProgress>acknowledged Revoke>revoked",
        "accepted: NoteProgress>accepted Close>closed",
        "declined:",
        "closed:",
        "revoked:",
    ];

    static IEnumerable<TestCaseData> Everything()
    {
        foreach (var line in Drawing)
        {
            var (state, moves) = (line.Split(':')[0], line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            foreach (var command in Enum.GetValues<ReferralCommand>())
                yield return new TestCaseData(state.ToState(), command, moves.Select(m => m.Split('>')).FirstOrDefault(m => m[0] == command.ToString())?[1])
                    .SetArgDisplayNames(state, command.ToString());
        }
    }

    [TestCaseSource(nameof(Everything))]
    public void Should_follow_the_drawing_or_say_which_state_stands_in_the_way(ReferralState state, ReferralCommand command, string? next)
    {
        var decision = ReferralMoves.Decide(state, command, Now);

        if (next is null)
        {
            Assert.That(decision, Is.InstanceOf<Decision.Refused>());
            var refusal = ((Decision.Refused)decision).Refusal;
            Assert.That(refusal.Code, Is.EqualTo("referral.wrong-state"));
            Assert.That(refusal.Details!["state"], Is.EqualTo(state.ToText()));
        }
        else
        {
            Assert.That(decision, Is.EqualTo(new Decision.Moved(command, state, next.ToState(), Now)));
        }
    }

    [Test]
    public void Should_know_every_state_by_its_name()
    {
        var names = Enum.GetValues<ReferralState>().Select(s => s.ToText()).ToList();

        Assert.That(names, Is.EqualTo(Drawing.Select(d => d.Split(':')[0])));
        Assert.That(names.Select(n => n.ToState()), Is.EqualTo(Enum.GetValues<ReferralState>()));
    }

    [Test]
    public void Should_end_only_where_nothing_leads_on()
    {
        foreach (var state in Enum.GetValues<ReferralState>())
        {
            var leadsOn = Enum.GetValues<ReferralCommand>().Any(c => ReferralMoves.Decide(state, c, Now) is Decision.Moved);
            Assert.That(state.IsFinal(), Is.EqualTo(!leadsOn), state.ToText());
        }
    }
}
