using System.Collections.Concurrent;
using Hotline.Benchmarks.Figures;
using Hotline.Provisioning.Servers;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline.Benchmarks.Floors;

/// <summary>What the floor's bus carries.</summary>
public sealed record FloorItem(Guid Id, byte[] Content);

/// <summary>Floor (b): the same hand-over with MassTransit 8.5.12 as it comes, on a quorum queue.</summary>
public sealed class MassTransitFloor : IAsyncDisposable
{
    static readonly ConcurrentDictionary<Guid, TaskCompletionSource> Arrivals = new();

    readonly ServiceProvider services;
    readonly NpgsqlDataSource sender;
    readonly NpgsqlDataSource receiver;
    readonly IBusControl bus;
    readonly byte[] content = FloorDatabase.Content();

    MassTransitFloor(ServiceProvider services, NpgsqlDataSource sender, NpgsqlDataSource receiver) =>
        (this.services, this.sender, this.receiver, bus) = (services, sender, receiver, services.GetRequiredService<IBusControl>());

    public static async Task<MassTransitFloor> OpenAsync(ServerAddresses servers)
    {
        var (sender, receiver) = (await FloorDatabase.OpenAsync(servers.Database, "floor_sender"), await FloorDatabase.OpenAsync(servers.Database, "floor_receiver"));
        var services = new ServiceCollection().AddLogging().AddSingleton(receiver).AddMassTransit(floor =>
        {
            floor.DisableUsageTelemetry();
            floor.AddConsumer<Consumer>();
            floor.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(new Uri(servers.Broker.Address("/", servers.Broker.UserName, servers.Broker.Password)));
                rabbit.ReceiveEndpoint("floor.masstransit", endpoint =>
                {
                    endpoint.SetQuorumQueue();
                    endpoint.PrefetchCount = 128;
                    endpoint.ConcurrentMessageLimit = 64;
                    endpoint.ConfigureConsumer<Consumer>(context);
                });
            });
        }).BuildServiceProvider();
        var floor = new MassTransitFloor(services, sender, receiver);
        await floor.bus.StartAsync();
        return floor;
    }

    public async Task<Figure> MeasureAsync(int count, int concurrency, int alone)
    {
        await Flight.FlyAsync(Math.Min(500, count), concurrency, _ => OneAsync());
        var (_, perSecond) = await Flight.FlyAsync(count, concurrency, _ => OneAsync());
        var (times, _) = await Flight.FlyAsync(alone, 1, _ => OneAsync());
        return new Figure(perSecond, Figure.Percentile(times, 50), Figure.Percentile(times, 99));
    }

    public async ValueTask DisposeAsync()
    {
        await bus.StopAsync();
        await services.DisposeAsync();
        await sender.DisposeAsync();
        await receiver.DisposeAsync();
    }

    async Task OneAsync()
    {
        var id = Guid.CreateVersion7();
        var arrived = Arrivals[id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await FloorDatabase.InsertAsync(sender, id, content);
        await bus.Publish(new FloorItem(id, content));
        await arrived.Task;
    }

    sealed class Consumer(NpgsqlDataSource receiver) : IConsumer<FloorItem>
    {
        public async Task Consume(ConsumeContext<FloorItem> context)
        {
            await FloorDatabase.InsertAsync(receiver, context.Message.Id, context.Message.Content);
            if (Arrivals.TryRemove(context.Message.Id, out var arrived))
                arrived.SetResult();
        }
    }
}
