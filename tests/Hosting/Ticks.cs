namespace Hotline.Hosting.Tests;

/// <summary>A stopwatch that goes on when told to. Timers ring by the real clock.</summary>
sealed class Ticks : TimeProvider
{
    long ticks;

    /// <summary>What the last timer was set to.</summary>
    public TimeSpan? LastTimer { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Pass(TimeSpan time) => ticks += time.Ticks;

    public override long GetTimestamp() => ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        LastTimer = dueTime;
        return base.CreateTimer(callback, state, dueTime, period);
    }
}
