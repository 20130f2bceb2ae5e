using Hotline.Contracts;

namespace Hotline.Hosting.Messages;

/// <summary>Who this host is among the parties, for as long as it runs.</summary>
/// <param name="Name"><c>intake</c> or an agency.</param>
/// <param name="Class">Class of the messages it writes: <c>live</c> in production, else <c>exercise</c>.</param>
public sealed record Party(string Name, string Class)
{
    public bool IsHub => Name == Parties.Hub;

    public static Party Of(HostSettings settings) =>
        new(settings.Party, settings.Environment == "production" ? MessageClass.Live : MessageClass.Exercise);
}
