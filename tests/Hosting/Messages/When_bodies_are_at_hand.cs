using Hotline.Hosting.Messages;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Messages;

public class When_bodies_are_at_hand
{
    const int More = 1000;

    readonly Clock time = new();

    [Test]
    public void Should_take_no_more_than_there_is_room_for()
    {
        var bodies = new OutboxBodies(time);

        var kept = Enumerable.Range(0, More).Select(_ => Guid.NewGuid()).Where(id => bodies.Keep(id, "body")).ToList();

        Assert.That(kept, Has.Count.LessThan(More).And.Count.GreaterThan(0));
        Assert.That(bodies.Ids, Is.EquivalentTo(kept), "whoever was told that it is here finds it");
        Assert.That(bodies.Keep(Guid.NewGuid(), "body"), Is.False);
    }

    [Test]
    public void Should_have_room_again_for_what_was_sent()
    {
        var bodies = new OutboxBodies(time);
        var kept = Enumerable.Range(0, More).Select(_ => Guid.NewGuid()).Where(id => bodies.Keep(id, "body")).ToList();

        bodies.Forget([kept[0], kept[0]]);
        bodies.Forget([kept[0]]);

        Assert.That(bodies.Find(kept[0]), Is.Null);
        Assert.That(bodies.Keep(Guid.NewGuid(), "another"), Is.True);
        Assert.That(bodies.Keep(Guid.NewGuid(), "one more"), Is.False, "what was forgotten twice made room once");
    }

    [Test]
    public void Should_have_room_again_when_what_waited_was_taken_over()
    {
        var bodies = new OutboxBodies(time);
        var old = Enumerable.Range(0, More).Select(_ => Guid.NewGuid()).Where(id => bodies.Keep(id, "body")).ToList();
        time.Ahead = OutboxBodies.AtHand + TimeSpan.FromSeconds(1);

        var fresh = Guid.NewGuid();

        Assert.That(bodies.Keep(fresh, "fresh"), Is.True);
        Assert.That(bodies.Find(fresh), Is.EqualTo("fresh"));
        Assert.That(bodies.Find(old[0]), Is.Null);
    }

    [Test]
    public void Should_keep_the_first_envelope_of_a_message()
    {
        var bodies = new OutboxBodies(time);
        var id = Guid.NewGuid();

        Assert.That(bodies.Keep(id, "first"), Is.True);
        Assert.That(bodies.Keep(id, "second"), Is.True);

        Assert.That(bodies.Find(id), Is.EqualTo("first"));
    }

    sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ahead.Ticks;
    }
}
