using Hotline.Hosting.Storage;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Storage;

public class When_work_gathers
{
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(15);

    readonly Ticks time = new();

    [Test]
    public async Task Should_wait_a_moment_only_where_others_came_together()
    {
        var gathering = new Gathering(3, Longest, time);

        var first = Waits(gathering);
        await TurnAsync(gathering, Gathering.Company - 1, milliseconds: 2);
        var withFew = Waits(gathering);
        await TurnAsync(gathering, Gathering.Company, milliseconds: 2);
        var withCompany = Waits(gathering);
        await TurnAsync(gathering, 1, milliseconds: 2);
        var alone = Waits(gathering);

        Assert.That(first, Is.Null, "nobody is waited for before anybody had company");
        Assert.That(withFew, Is.Null);
        Assert.That(withCompany, Is.Not.Null);
        Assert.That(alone, Is.Null, "whoever came alone is not kept waiting the next time");
    }

    [TestCase(2, 6, TestName = "Should_wait_for_so_many_times_what_a_turn_takes")]
    [TestCase(4, 12, TestName = "Should_wait_longer_where_turns_take_longer")]
    [TestCase(80, 15, TestName = "Should_wait_no_longer_than_the_longest_however_slow_the_machine")]
    public async Task Should_wait(int taken, int waited)
    {
        var gathering = new Gathering(3, Longest, time);
        for (var turn = 0; turn < 100; turn++)
            await TurnAsync(gathering, Gathering.Company, taken);

        Assert.That(Waits(gathering)!.Value.TotalMilliseconds, Is.EqualTo(waited).Within(1));
    }

    [Test]
    public async Task Should_not_learn_from_turns_without_company()
    {
        var gathering = new Gathering(3, Longest, time);
        await TurnAsync(gathering, Gathering.Company, milliseconds: 4);
        for (var turn = 0; turn < 100; turn++)
            await TurnAsync(gathering, 1, milliseconds: 1);
        await TurnAsync(gathering, Gathering.Company, milliseconds: 4);

        Assert.That(Waits(gathering)!.Value.TotalMilliseconds, Is.EqualTo(12));
    }

    [Test]
    public async Task Should_not_wait_longer_for_long_after_one_turn_that_stood_still()
    {
        var gathering = new Gathering(3, Longest, time);
        await TurnAsync(gathering, Gathering.Company, milliseconds: 2);
        await TurnAsync(gathering, Gathering.Company, milliseconds: 10_000);

        Assert.That(Waits(gathering)!.Value.TotalMilliseconds, Is.EqualTo((2 + (13 / 8.0)) * 3).Within(1));
    }

    [Test]
    public void Should_hand_on_what_the_work_throws()
    {
        var gathering = new Gathering(3, Longest, time);

        Assert.That(() => gathering.WorkAsync(Gathering.Company, () => throw new TimeoutException()), Throws.InstanceOf<TimeoutException>());
    }

    Task TurnAsync(Gathering gathering, int together, int milliseconds) => gathering.WorkAsync(together, () =>
    {
        time.Pass(TimeSpan.FromMilliseconds(milliseconds));
        return Task.CompletedTask;
    });

    /// <returns>How long it would wait now; null where it does not.</returns>
    TimeSpan? Waits(Gathering gathering)
    {
        time.LastTimer = null;
        _ = gathering.WaitAsync().AsTask();
        return time.LastTimer;
    }
}
