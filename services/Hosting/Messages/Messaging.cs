using Hotline.Hosting.Audit;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Hosting.Messages;

/// <summary>Puts the parts of this folder together for a host.</summary>
public static class Messaging
{
    /// <typeparam name="TParty">What the host does with messages about referrals.</typeparam>
    public static void AddMessaging<TParty>(this IServiceCollection services, HostSettings settings) where TParty : class, IReferralParty
    {
        var pin = DirectoryPin.Load(Path.Combine(Path.GetDirectoryName(settings.KeyDirectory)!, "directory-pin.jwk"));
        var keys = PartyKeys.Load(settings.KeyFolder);
        var directory = KeyDirectoryFile.Load(settings.KeyDirectory, pin)
            ?? throw new InvalidOperationException("The key directory file is missing or not signed by the pinned key.");
        if (directory.Environment != settings.Environment)
            throw new InvalidOperationException($"The key directory is for {directory.Environment}, this host for {settings.Environment}.");

        services.AddSingleton(Party.Of(settings));
        services.AddSingleton(pin);
        services.AddSingleton(keys);
        services.AddSingleton(new Envelope(settings.Party, keys, directory));
        services.AddSingleton<PartyState>();
        services.AddSingleton<Post>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<InboxRush>();
        services.AddSingleton<OutboxBodies>();
        services.AddSingleton<BrokerPublisher>();
        services.AddSingleton<Inventory>();
        services.AddSingleton<Receiver>();
        services.AddSingleton<IReferralParty, TParty>();
        services.AddSingleton<KeyDirectories>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<Resender>();
        services.AddSingleton<HeldMessages>();
        services.AddSingleton<InventoryDaily>();
        services.AddSingleton<ClockSkew>();
        services.AddSingleton<DirectoryExpiry>();
        services.AddAuditLog();

        services.AddHostedService<PartyStart>();
        services.AddHostedService(s => s.GetRequiredService<Inbox>());
        services.AddHostedService<Relay>();
        services.AddHostedService<Rounds>();
        services.AddSealedMessages(settings);
        services.AddSingleton<BusWatch>();
        services.AddHostedService(s => s.GetRequiredService<BusWatch>());
    }
}
