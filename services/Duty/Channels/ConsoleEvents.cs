using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Hotline.Contracts;
using Hotline.Hosting.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>Something that an open console shows at once. Ids and codes only: what it is about is read through the interface.</summary>
/// <param name="Kind">For example <c>page</c> or <c>referral.changed</c>.</param>
/// <param name="Subject">The referral or watch item.</param>
public sealed record ConsoleEvent(string Kind, Guid Subject)
{
    /// <summary>For this account alone; null = for everybody whom <see cref="Unit"/> lets know.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? Account { get; init; }

    /// <summary>Only those of this unit and of the central one; null = everybody of the party.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? Page { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Urgency { get; init; }
}

/// <summary>
/// Tells the open consoles of all nodes: events of a tenth of a second go out together, after the commit and in a
/// statement of its own, because NOTIFY in a hot transaction would cost half of the commit rate.
/// </summary>
public sealed class ConsoleEvents(NpgsqlDataSource database, ILogger<ConsoleEvents> log) : BackgroundService
{
    const string Topic = "hotline_console";

    /// <summary>PostgreSQL takes 8,000 bytes in a notification.</summary>
    const int MostInOne = 25;
    const int MostAtOnce = 500;
    const int MostWaiting = 256;
    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    readonly Channel<ConsoleEvent> raised = Channel.CreateBounded<ConsoleEvent>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });
    readonly ConcurrentDictionary<Subscription, byte> open = new();
    readonly SemaphoreSlim anyOpen = new(0);

    /// <summary>One open console.</summary>
    public sealed class Subscription
    {
        internal Subscription(Guid account, string? unit) => (Account, Unit) = (account, unit);

        internal Guid Account { get; }
        internal string? Unit { get; }
        internal Channel<ConsoleEvent> Events { get; } =
            Channel.CreateBounded<ConsoleEvent>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

        internal bool Wants(ConsoleEvent happened) => happened.Account is { } one
            ? one == Account : happened.Unit is null || Unit == "central" || Unit == happened.Unit;
    }

    /// <summary>To be called after the commit.</summary>
    public void Raise(ConsoleEvent happened) => raised.Writer.TryWrite(happened);

    /// <param name="unit"><c>central</c>, a province code, or null at the hub.</param>
    public Subscription Open(Guid account, string? unit)
    {
        var subscription = new Subscription(account, unit);
        open[subscription] = 0;
        anyOpen.Release();
        return subscription;
    }

    public void Close(Subscription subscription) => open.TryRemove(subscription, out _);

    protected override Task ExecuteAsync(CancellationToken stop) => Task.WhenAll(
        AgainAsync("telling consoles", TellAsync, stop), AgainAsync("listening for consoles", ListenAsync, stop));

    async Task TellAsync(CancellationToken stop)
    {
        while (await raised.Reader.WaitToReadAsync(stop))
        {
            await Task.Delay(Together, stop);
            var events = new HashSet<ConsoleEvent>();
            while (events.Count < MostAtOnce && raised.Reader.TryRead(out var happened))
                events.Add(happened);
            await using var command = database.CreateCommand($"select pg_notify('{Topic}', told) from unnest($1) as t(told)");
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. events.Chunk(MostInOne).Select(some => JsonSerializer.Serialize(some, Wire.Json))] });
            await command.ExecuteNonQueryAsync(stop);
        }
    }

    /// <summary>A node without an open console holds no connection for one.</summary>
    async Task ListenAsync(CancellationToken stop)
    {
        while (open.IsEmpty)
            await anyOpen.WaitAsync(stop);
        await using var connection = await database.OpenConnectionAsync(stop);
        connection.Notification += (_, notification) => Pass(notification.Payload);
        await using (var listen = new NpgsqlCommand($"listen {Topic}", connection))
            await listen.ExecuteNonQueryAsync(stop);
        try
        {
            while (!open.IsEmpty)
                await connection.WaitAsync(TimeSpan.FromSeconds(15), stop);
        }
        finally
        {
            await using var unlisten = new NpgsqlCommand("unlisten *", connection);
            await unlisten.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    void Pass(string payload)
    {
        foreach (var happened in JsonSerializer.Deserialize<List<ConsoleEvent>>(payload, Wire.Json) ?? [])
            foreach (var (subscription, _) in open)
                if (subscription.Wants(happened))
                    subscription.Events.Writer.TryWrite(happened);
    }

    async Task AgainAsync(string what, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop);
                failures = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception away) when (away is not OutOfMemoryException)
            {
                failures++;
                log.LogWarning("{What} waits: {Problem}", what, away.GetType().Name);
                await Pause.BackOffAsync(failures, LongestBackOff, stop);
            }
        }
    }
}
