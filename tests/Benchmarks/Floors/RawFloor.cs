using System.Collections.Concurrent;
using System.Security.Cryptography;
using Hotline.Benchmarks.Figures;
using Hotline.Provisioning.Servers;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Hotline.Benchmarks.Floors;

/// <summary>
/// Floor (a): the least that any durable hand-over costs. One insert, one publish with confirm to a quorum queue, one
/// delivery, one insert in another database, one acknowledgement. No HTTP, no accounts, no sealing, no receipt.
/// </summary>
public sealed class RawFloor : IAsyncDisposable
{
    public const int Bytes = 2048;
    const string Queue = "floor.raw";

    readonly ConcurrentDictionary<Guid, TaskCompletionSource> arrivals = new();
    readonly NpgsqlDataSource sender;
    readonly NpgsqlDataSource receiver;
    readonly byte[] content = FloorDatabase.Content();
    IConnection? connection;
    IChannel? publisher;
    IChannel? consumer;

    RawFloor(NpgsqlDataSource sender, NpgsqlDataSource receiver) => (this.sender, this.receiver) = (sender, receiver);

    public static async Task<RawFloor> OpenAsync(ServerAddresses servers)
    {
        var floor = new RawFloor(await FloorDatabase.OpenAsync(servers.Database, "floor_sender"), await FloorDatabase.OpenAsync(servers.Database, "floor_receiver"));
        await floor.ConnectAsync(servers.Broker);
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
        if (connection is not null)
            await connection.CloseAsync();
        await sender.DisposeAsync();
        await receiver.DisposeAsync();
    }

    async Task OneAsync()
    {
        var id = Guid.CreateVersion7();
        var arrived = arrivals[id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await FloorDatabase.InsertAsync(sender, id, content);
        await publisher!.BasicPublishAsync(string.Empty, Queue, mandatory: true, new BasicProperties { DeliveryMode = DeliveryModes.Persistent, MessageId = id.ToString() }, content);
        await arrived.Task;
    }

    async Task ConnectAsync(BrokerServer broker)
    {
        connection = await new ConnectionFactory { Uri = new Uri(broker.Address("/", broker.UserName, broker.Password)), ConsumerDispatchConcurrency = 64 }.CreateConnectionAsync();
        publisher = await connection.CreateChannelAsync(new CreateChannelOptions(true, true, null));
        consumer = await connection.CreateChannelAsync();
        await consumer.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await consumer.BasicQosAsync(0, 128, false);
        var events = new AsyncEventingBasicConsumer(consumer);
        events.ReceivedAsync += async (_, delivery) =>
        {
            var id = Guid.Parse(delivery.BasicProperties.MessageId!);
            await FloorDatabase.InsertAsync(receiver, id, delivery.Body.ToArray());
            await consumer.BasicAckAsync(delivery.DeliveryTag, false);
            if (arrivals.TryRemove(id, out var arrived))
                arrived.SetResult();
        };
        await consumer.BasicConsumeAsync(Queue, autoAck: false, events);
    }
}

/// <summary>The two databases of the floors: one table each.</summary>
static class FloorDatabase
{
    public static async Task<NpgsqlDataSource> OpenAsync(DatabaseServer server, string name)
    {
        await using (var administrator = NpgsqlDataSource.Create(server.ConnectionString()))
        {
            await using var exists = administrator.CreateCommand($"select 1 from pg_database where datname = '{name}'");
            if (await exists.ExecuteScalarAsync() is null)
            {
                await using var create = administrator.CreateCommand($"create database {name}");
                await create.ExecuteNonQueryAsync();
            }
        }
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString(name)) { MaxPoolSize = 40, MaxAutoPrepare = 10, AutoPrepareMinUsages = 1, NoResetOnClose = true }.ConnectionString);
        // Stored as the product stores its sealed rows: whole, in the row, without looking for something to compress. Nobody
        // sweeps it: that would be done while the product is measured, and pass for the product's.
        await using var table = source.CreateCommand("""
            create table if not exists items (id uuid primary key, content bytea not null) with (toast_tuple_target = 8160, autovacuum_enabled = off);
            alter table items alter column content set storage external
            """);
        await table.ExecuteNonQueryAsync();
        return source;
    }

    /// <summary>Random, as sealed content looks: a row of zeros is compressed to thirty bytes, and a floor of those carries nothing.</summary>
    public static byte[] Content() => RandomNumberGenerator.GetBytes(RawFloor.Bytes);

    public static async Task InsertAsync(NpgsqlDataSource source, Guid id, byte[] content)
    {
        await using var command = source.CreateCommand("insert into items (id, content) values ($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = content });
        await command.ExecuteNonQueryAsync();
    }
}
