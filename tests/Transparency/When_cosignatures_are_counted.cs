using Hotline.Sealing;
using NUnit.Framework;

namespace Hotline.Transparency.Tests;

public sealed class When_cosignatures_are_counted
{
    static readonly DateTimeOffset Now = new(2026, 11, 25, 8, 0, 0, TimeSpan.Zero);
    static readonly string[] Names = ["border-guard", "womens-union", "child-protection", "intake"];

    readonly SmallLog log = SmallLog.Of(7);
    readonly Dictionary<string, LogKey> keys = Names.ToDictionary(n => n, _ => LogKey.Create());

    [Test]
    public void Should_need_three_of_four()
    {
        var policy = Policy();

        Assert.That(policy.IsCosigned(Cosigned(Now, Names[..3]), Now));
        Assert.That(policy.IsCosigned(Cosigned(Now, Names[..2]), Now), Is.False);
    }

    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(3, 3)]
    [TestCase(4, 3)]
    [TestCase(5, 4)]
    public void Should_need_a_quorum_of_any_number(int witnesses, int needed) => Assert.That(WitnessPolicy.Quorum(witnesses), Is.EqualTo(needed));

    [Test]
    public void Should_not_count_a_cosignature_of_the_future() =>
        Assert.That(Policy().CosignedBy(Cosigned(Now + TimeSpan.FromHours(1), "intake"), Now), Is.Empty);

    [Test]
    public void Should_not_count_a_cosignature_of_another_checkpoint()
    {
        var note = new SignedNote(SmallLog.Of(8).Head().Text, Cosigned(Now, Names).Signatures);

        Assert.That(Policy().CosignedBy(note, Now), Is.Empty);
    }

    [Test]
    public void Should_not_count_one_witness_twice()
    {
        var twice = Cosigned(Now, "intake", "intake", "intake");

        Assert.That(Policy().IsCosigned(twice, Now), Is.False);
    }

    [Test]
    public void Should_refuse_one_key_under_two_names()
    {
        var key = LogKey.Create().PublicKey;
        var policy = new WitnessPolicy([log.PublicKey], [NoteKey.Of("one", NoteKey.Witness, key), NoteKey.Of("two", NoteKey.Witness, key)]);

        Assert.That(policy.HasKeyUnderTwoNames);
    }

    [Test]
    public void Should_not_take_a_logs_signature_for_a_cosignature()
    {
        var key = LogKey.Create();
        var plain = key.Sign(System.Text.Encoding.UTF8.GetBytes(log.Head().Text));
        var witness = NoteKey.Of("intake", NoteKey.Witness, key.PublicKey);
        var note = new SignedNote(log.Head().Text, [new NoteSignature("intake", witness.Id, [0, 0, 0, 0, 0, 0, 0, 1, .. plain])]);

        Assert.That(new WitnessPolicy([log.PublicKey], [witness]).CosignedBy(note, Now), Is.Empty);
    }

    WitnessPolicy Policy() => new([log.PublicKey], [.. keys.Select(k => NoteKey.Of(k.Key, NoteKey.Witness, k.Value.PublicKey))]);

    SignedNote Cosigned(DateTimeOffset at, params string[] names)
    {
        var note = log.Signed();
        return note with { Signatures = [.. note.Signatures, .. names.Select(n => Cosignature.Sign(note.Text, n, keys[n], at))] };
    }
}
