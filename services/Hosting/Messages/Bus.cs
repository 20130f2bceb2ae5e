using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Hosting.Messages;

/// <summary>The receiving half of the bus: MassTransit on the party's own inbox. The relay publishes.</summary>
public static class Bus
{
    /// <summary>How many messages are opened at once; their effects share transactions in <see cref="Inbox"/>.</summary>
    const int AtOnce = 64;

    public static void AddSealedMessages(this IServiceCollection services, HostSettings settings)
    {
        services.AddMassTransit(bus =>
        {
            // BusWatch answers for the broker: it asks it.
            bus.ConfigureHealthCheckOptions(health => health.Tags.Clear());
            bus.DisableUsageTelemetry();
            bus.AddConsumer<SealedMessageConsumer>();
            bus.UsingRabbitMq((context, rabbit) => Listen(rabbit, context, settings));
        });
        services.Configure<MassTransitHostOptions>(host =>
        {
            // A broker that is away must not keep the host from starting: calls must still be taken.
            host.WaitUntilStarted = false;
            host.StopTimeout = TimeSpan.FromSeconds(10);
        });
    }

    /// <summary>One bus on the party's inbox; <see cref="BusWatch"/> makes a further one when the first has gone deaf.</summary>
    internal static void Listen(IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context, HostSettings settings)
    {
        rabbit.Host(new Uri(settings.Broker));
        // Even the bus's own name stays within what the party's user may touch.
        rabbit.OverrideDefaultBusEndpointQueueName($"{settings.Party}.bus");
        rabbit.ReceiveEndpoint($"{settings.Party}.inbox", endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.SetQuorumQueue();
            endpoint.PrefetchCount = AtOnce * 2;
            endpoint.ConcurrentMessageLimit = AtOnce;
            endpoint.ClearSerialization();
            endpoint.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
            endpoint.ConfigureError(pipe => pipe.UseFilter(new ParkPoison(context)));
            endpoint.ConfigureConsumer<SealedMessageConsumer>(context);
        });
    }
}
