using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Cases;

/// <summary>What somebody with all of SQL does to sealed cells: each is refused on opening, and nothing of it is shown.</summary>
public sealed class When_sealed_cells_are_moved
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_open_neither_of_two_calls_whose_cells_were_swapped()
    {
        var (one, other) = (await LogAsync(), await LogAsync());

        await hotline.ExecuteAsync("intake",
            "update calls c set content = o.content from calls o where (c.id, o.id) in (($1, $2), ($2, $1))", one, other);

        await IsRefusedAsync(one);
        await IsRefusedAsync(other);
    }

    [Test]
    public async Task Should_open_neither_of_two_calls_whose_rows_were_swapped()
    {
        var (one, other) = (await LogAsync(), await LogAsync());

        // Cell, key and version: everything but the row's own id.
        await hotline.ExecuteAsync("intake",
            "update calls c set content = o.content, key_id = o.key_id, version = o.version from calls o where (c.id, o.id) in (($1, $2), ($2, $1))", one, other);

        await IsRefusedAsync(one);
        await IsRefusedAsync(other);
    }

    [Test]
    public async Task Should_not_open_yesterdays_cell()
    {
        var call = await LogAsync();
        var yesterdays = await hotline.ScalarAsync<byte[]>("intake", "select content from calls where id = $1", call);
        var version = (await operators.GetAsync($"calls/{call}")).Good().ETag;
        (await operators.PatchAsync($"calls/{call}", new JsonObject { ["summary"] = "Bổ sung: đã biết nơi giữ." }, version)).Good();

        await hotline.ExecuteAsync("intake", "update calls set content = $2 where id = $1", call, yesterdays);

        await IsRefusedAsync(call);
    }

    async Task<Guid> LogAsync() => (await operators.PostAsync("calls", Samples.Call())).Good().Id;

    async Task IsRefusedAsync(Guid call)
    {
        var answer = await operators.GetAsync($"calls/{call}");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(answer.Code, Is.EqualTo("storage.seal-broken"));
        Assert.That(answer.Text, Does.Not.Contain("karaoke").And.Not.Contain("Ví Dụ"));
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from alarms where code = 'storage.seal-broken' and cleared_at is null"), Is.EqualTo(1));
    }
}
