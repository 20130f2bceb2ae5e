using Hotline.Sealing;
using NUnit.Framework;

namespace Hotline.Transparency.Tests;

public sealed class When_a_witness_is_asked
{
    [Test]
    public void Should_cosign_what_contains_all_that_was_cosigned()
    {
        var log = SmallLog.Of(5);
        var head = log.Head();
        log.Append("one more");

        var decision = WitnessRules.Decide(head, log.Request(5), [log.PublicKey]);

        Assert.That(decision, Is.EqualTo(new WitnessDecision.Cosign(log.Head())));
    }

    [Test]
    public void Should_cosign_the_same_head_again() =>
        Assert.That(Decide(SmallLog.Of(5), 5, log => log.Request(5)), Is.InstanceOf<WitnessDecision.Cosign>());

    [Test]
    public void Should_ask_for_a_proof_from_the_size_that_it_remembers() =>
        Assert.That(Decide(SmallLog.Of(5), 3, log => log.Request(4)), Is.EqualTo(new WitnessDecision.AskFrom(3)));

    [Test]
    public void Should_refuse_a_fork_of_the_same_size()
    {
        var key = LogKey.Create();
        var (shown, other) = (SmallLog.Of(4, key), SmallLog.Of(4, key));
        shown.Append("as it was");
        other.Append("as it was not");

        var decision = WitnessRules.Decide(shown.Head(), other.Request(5), [shown.PublicKey]);

        Assert.That(decision, Is.EqualTo(new WitnessDecision.Refuse(WitnessRules.Fork, IsEvidence: true)));
    }

    [Test]
    public void Should_refuse_a_longer_log_that_rewrote_the_past()
    {
        var key = LogKey.Create();
        var (shown, other) = (SmallLog.Of(3, key), new SmallLog { Key = key });
        foreach (var entry in new[] { "leaf 0", "leaf X", "leaf 2", "leaf 3" })
            other.Append(entry);

        var decision = WitnessRules.Decide(shown.Head(), other.Request(3), [shown.PublicKey]);

        Assert.That(decision, Is.EqualTo(new WitnessDecision.Refuse(WitnessRules.Inconsistent, IsEvidence: true)));
    }

    /// <summary>Both were asked from the same size, and the larger came first.</summary>
    [Test]
    public void Should_accuse_nobody_of_a_shorter_log_that_came_late() =>
        Assert.That(Decide(SmallLog.Of(5), 5, log => SmallLog.Of(4, log.Key).Request(2)), Is.EqualTo(new WitnessDecision.AskFrom(5)));

    [Test]
    public void Should_refuse_a_shorter_log_that_was_shown_later()
    {
        var log = SmallLog.Of(5);

        var decision = WitnessRules.Decide(log.Head(), SmallLog.Of(3, log.Key).Request(3), [log.PublicKey], isLater: true);

        Assert.That(decision, Is.EqualTo(new WitnessDecision.Refuse(WitnessRules.Rollback, IsEvidence: true)));
    }

    [Test]
    public void Should_not_begin_by_itself_without_a_memory()
    {
        var log = SmallLog.Of(5);

        var decision = WitnessRules.Decide(null, log.Request(0), [log.PublicKey]);

        Assert.That(decision, Is.EqualTo(new WitnessDecision.Refuse(WitnessRules.NotEnrolled, IsEvidence: false)));
    }

    [Test]
    public void Should_take_nothing_as_evidence_that_the_log_did_not_sign() =>
        Assert.That(Decide(SmallLog.Of(5), 5, _ => SmallLog.Of(3).Request(3)),
            Is.EqualTo(new WitnessDecision.Refuse(WitnessRules.NotSigned, IsEvidence: false)));

    static WitnessDecision Decide(SmallLog log, int remembered, Func<SmallLog, WitnessRequest> ask) =>
        WitnessRules.Decide(SmallLog.Of(remembered, log.Key).Head(), ask(log), [log.PublicKey]);
}
