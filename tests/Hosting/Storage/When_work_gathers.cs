using Hotline.Hosting.Storage;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Storage;

public class When_work_gathers
{
    [Test]
    public async Task Should_wait_a_moment_only_where_others_came_together()
    {
        var time = new CountedWaits();
        var gathering = new Gathering(TimeSpan.FromMilliseconds(1), time);

        await gathering.WaitAsync();
        var first = time.Waits;
        gathering.Came(Gathering.Company - 1);
        await gathering.WaitAsync();
        var withFew = time.Waits;
        gathering.Came(Gathering.Company);
        await gathering.WaitAsync();
        var withCompany = time.Waits;
        gathering.Came(1);
        await gathering.WaitAsync();

        Assert.That(first, Is.Zero, "nobody is waited for before anybody had company");
        Assert.That(withFew, Is.Zero);
        Assert.That(withCompany, Is.EqualTo(1));
        Assert.That(time.Waits, Is.EqualTo(1), "whoever came alone is not kept waiting the next time");
    }

    sealed class CountedWaits : TimeProvider
    {
        int waits;

        public int Waits => waits;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref waits);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
