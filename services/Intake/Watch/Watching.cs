using Hotline.Duty.Channels;
using Hotline.Hosting.Messages;

namespace Hotline.Intake.Watch;

/// <summary>Puts the parts of this folder together.</summary>
public static class Watching
{
    public static void AddWatch(this IServiceCollection services)
    {
        services.AddSingleton<HubWatch>();
        services.AddSingleton<TakeWatchItem>();
        services.AddSingleton(s => new WhenKeyPressed(s.GetRequiredService<TakeWatchItem>().KeyPressedAsync));
        services.AddSingleton(s => new Errand("the watch", HubWatch.DueWhen, s.GetRequiredService<HubWatch>().LookAsync));
    }
}
