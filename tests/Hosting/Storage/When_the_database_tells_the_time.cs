using System.Diagnostics;
using Hotline.Hosting.Storage;
using Hotline.Testing.Running;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Storage;

/// <summary>The clock that counts is the database's, however long an answer of it takes.</summary>
public sealed class When_the_database_tells_the_time
{
    static readonly DateTimeOffset Midnight = new(2026, 2, 17, 0, 0, 0, TimeSpan.Zero);

    readonly Ticks stopwatch = new();
    NpgsqlDataSource database = null!;
    DatabaseClock clock = null!;

    [SetUp]
    public async Task Open()
    {
        var servers = await TestServers.StartAsync();
        var schema = $"clock_{Guid.NewGuid():N}";
        database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Addresses.Database.ConnectionString()) { SearchPath = schema, MaxPoolSize = 2 }.ConnectionString);
        await ExecuteAsync($"create schema {schema}");
        await ExecuteAsync("create table told (at timestamptz not null)");
        await ExecuteAsync("create function hotline_now() returns timestamptz language sql stable as 'select at from told'");
        await TellAsync(Midnight);
        clock = new DatabaseClock(database, stopwatch);
    }

    [TearDown]
    public async Task Close() => await database.DisposeAsync();

    async Task TellAsync(DateTimeOffset at) => await ExecuteAsync($"delete from told; insert into told values ('{at:O}')");

    async Task ExecuteAsync(string statement)
    {
        await using var command = database.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The database's answer takes 400 ms on its way back.</summary>
    async Task<DateTimeOffset> SlowlyAsync()
    {
        using var slow = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ => stopwatch.Pass(TimeSpan.FromMilliseconds(400)),
        };
        ActivitySource.AddActivityListener(slow);
        return await clock.NowAsync(default);
    }

    [Test]
    public async Task Should_not_be_set_back_by_a_slow_answer()
    {
        await clock.NowAsync(default);
        stopwatch.Pass(TimeSpan.FromSeconds(2));
        await TellAsync(Midnight.AddSeconds(2));

        Assert.That(await SlowlyAsync(), Is.EqualTo(Midnight.AddMilliseconds(2400)));
    }

    [Test]
    public async Task Should_be_put_right_by_a_quick_answer_after_a_slow_one()
    {
        var afterSlow = await SlowlyAsync();
        stopwatch.Pass(TimeSpan.FromSeconds(2));
        await TellAsync(Midnight.AddMilliseconds(2400));

        Assert.That(afterSlow, Is.EqualTo(Midnight), "nothing better is known");
        Assert.That(await clock.NowAsync(default), Is.EqualTo(Midnight.AddMilliseconds(2400)));
    }

    [TestCase(3600)]
    [TestCase(-3600)]
    public async Task Should_follow_a_clock_that_was_moved(int seconds)
    {
        await clock.NowAsync(default);
        stopwatch.Pass(TimeSpan.FromSeconds(2));
        await TellAsync(Midnight.AddSeconds(seconds));

        Assert.That(await clock.NowAsync(default), Is.EqualTo(Midnight.AddSeconds(seconds)));
    }

    [Test]
    public async Task Should_go_on_by_itself_between_two_questions()
    {
        await clock.NowAsync(default);
        stopwatch.Pass(TimeSpan.FromMilliseconds(700));
        await TellAsync(Midnight.AddHours(1));

        Assert.That(await clock.NowAsync(default), Is.EqualTo(Midnight.AddMilliseconds(700)));
    }
}
