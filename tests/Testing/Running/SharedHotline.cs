namespace Hotline.Testing.Running;

/// <summary>
/// The hub, the police and the border guard, for all fixtures of an assembly that leave the clock and the accounts as they were: starting
/// one for each would take longer than their tests.
/// </summary>
public static class SharedHotline
{
    static Task<RunningHotline>? running;

    public static Task<RunningHotline> GetAsync() => running ??= RunningHotline.StartAsync("police", "border-guard");

    internal static async Task StopAsync()
    {
        if (running is not null)
            await (await running).DisposeAsync();
        running = null;
    }
}
