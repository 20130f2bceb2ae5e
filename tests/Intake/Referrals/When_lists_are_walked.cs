using System.Text.Json.Nodes;
using Hotline.Hosting.Messages;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Npgsql;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Referrals;

public sealed class When_lists_are_walked
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        operators = await hotline.AsOperator();
    }

    [Test]
    public async Task Should_show_every_line_once_whatever_is_added_meanwhile()
    {
        for (var i = 0; i < 7; i++)
            await operators.ReferNewAsync("police", "P3");

        foreach (var list in (string[])["referrals?agency=police&urgency=P3&", "calls?"])
        {
            var before = await IdsAsync(list.StartsWith('c') ? "select id from calls" : "select id from referrals where peer = 'police' and urgency = 'P3'");
            var seen = new List<Guid>();
            string? next = null;
            do
            {
                var page = (await operators.GetAsync($"{list}limit=3{(next is null ? "" : $"&cursor={next}")}")).Good();
                var items = page.Json["items"]!.AsArray();
                Assert.That(items, Has.Count.LessThanOrEqualTo(3));
                seen.AddRange(items.Select(i => Guid.Parse(i!["id"]!.GetValue<string>())));
                next = page.Json["next"]?.GetValue<string>();
                (await operators.PostAsync("calls", new JsonObject())).Good();
            }
            while (next is not null);

            Assert.That(seen, Is.Unique);
            Assert.That(seen, Is.SupersetOf(before));
        }
    }

    // A referral's state changes three times in its first second. A column that an index asks for, also in its condition, makes
    // each of these changes write all indexes of the table anew.
    [Test]
    public async Task Should_keep_what_changes_in_the_first_second_out_of_every_index() =>
        Assert.That(await hotline.ScalarAsync<long>("intake",
            """
            select count(*) from pg_index where indrelid = 'referrals'::regclass
              and pg_get_indexdef(indexrelid) ~ '\m(state|version|sent_at|delivered_at)\M'
            """), Is.Zero);

    // What has left stays in the queue's index until the table is swept, thousands of entries in a rush. A bitmap reads all of
    // them again at each turn of the relay; a walk in the index's order marks them as gone.
    [Test]
    public async Task Should_take_messages_along_the_queues_index()
    {
        await using var connection = await hotline.OwnerAsync("intake");
        await using var transaction = await connection.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("set local enable_seqscan = off"));
        foreach (var command in Relay.Claim([Guid.NewGuid()]))
            batch.BatchCommands.Add(command);
        batch.BatchCommands[^1].CommandText = $"explain {batch.BatchCommands[^1].CommandText}";

        var plan = new List<string>();
        await using (var reader = await batch.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                plan.Add(reader.GetString(0));

        Assert.That(plan, Has.Some.Contains("Index Scan using outbox_in_order").And.None.Contains("Bitmap"), string.Join('\n', plan));
    }

    [Test]
    public async Task Should_filter_by_state_agency_and_urgency()
    {
        var (police, guard) = (await operators.ReferNewAsync("police", "P2"), await operators.ReferNewAsync("border-guard", "P2"));
        await operators.SeesStateAsync(police, "delivered");

        var open = await ListAsync("state=open&limit=200");
        var delivered = await ListAsync("state=delivered&urgency=P2&agency=police&limit=200");
        var ofGuard = await ListAsync("agency=border-guard&limit=200");
        var closed = await ListAsync("state=closed&limit=200");

        Assert.That(open, Does.Contain(police).And.Contain(guard));
        Assert.That(delivered, Does.Contain(police).And.Not.Contain(guard));
        Assert.That(ofGuard, Does.Contain(guard).And.Not.Contain(police));
        Assert.That(closed, Does.Not.Contain(police));
    }

    [Test]
    public async Task Should_tell_the_history_in_pages_and_in_UTC()
    {
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "delivered");
        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "một" })).Good();

        var whole = Lines(await operators.GetAsync($"referrals/{referral}/history"));
        var first = (await operators.GetAsync($"referrals/{referral}/history?limit=2")).Good();
        var second = await operators.GetAsync($"referrals/{referral}/history?limit=200&cursor={first["next"]}");

        Assert.That(whole.Select(Event), Is.EqualTo(new[] { "referral.queued", "referral.sent", "referral.delivered", "note.added" }));
        Assert.That(Lines(first).Concat(Lines(second)).Select(Event), Is.EqualTo(whole.Select(Event)));
        Assert.That(whole.Select(i => i["at"]!.GetValue<string>()), Is.All.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$"));
        Assert.That(whole[^1]["detail"]!["text"]!.GetValue<string>(), Is.EqualTo("một"));
        Assert.That(whole.Select(i => i["by"]!.GetValue<string>()), Is.All.Not.Empty);

        static string Event(JsonNode line) => line["event"]!.GetValue<string>();

        // Whom the agency pages, and when, is its own affair.
        static List<JsonNode> Lines(Answer answer) => [.. answer.Good().Json["items"]!.AsArray().Select(i => i!).Where(i => Event(i) != "escalation.advanced")];
    }

    [Test]
    public async Task Should_link_the_cases_of_one_call_and_attach_a_further_call_once()
    {
        var call = Samples.Call();
        call["persons"]!.AsArray().Add((JsonNode)new JsonObject { ["role"] = "victim", ["fullName"] = "Lê Thị Hai" });
        var logged = (await operators.PostAsync("calls", call)).Good();
        var persons = (await operators.GetAsync($"calls/{logged.Id}")).Good().Json["persons"]!.AsArray().Select(p => p!["id"]!.GetValue<string>()).ToList();
        var further = (await operators.PostAsync("calls", Samples.Call())).Good();

        var one = (await operators.PostAsync("cases", new JsonObject { ["callId"] = logged["id"], ["personId"] = persons[0] })).Good();
        var two = (await operators.PostAsync("cases", new JsonObject { ["callId"] = logged["id"], ["personId"] = persons[1] })).Good();
        var stranger = await operators.PostAsync("cases", new JsonObject { ["callId"] = logged["id"], ["personId"] = Guid.AllBitsSet.ToString() });
        var stale = await operators.PostAsync($"cases/{one.Id}/calls", new JsonObject { ["callId"] = further["id"] }, ifMatch: "\"9\"");
        var attached = (await operators.PostAsync($"cases/{one.Id}/calls", new JsonObject { ["callId"] = further["id"] }, ifMatch: "\"1\"")).Good();
        var again = (await operators.PostAsync($"cases/{one.Id}/calls", new JsonObject { ["callId"] = further["id"] })).Good();
        var read = (await operators.GetAsync($"cases/{one.Id}")).Good();

        Assert.That(one["code"], Does.Match(@"^MBN-\d{4}-\d{6,}$"));
        Assert.That(stranger.Code, Is.EqualTo("not-found"));
        Assert.That(stale.Code, Is.EqualTo("version.stale"));
        Assert.That((attached.ETag, again.ETag), Is.EqualTo(("\"2\"", "\"2\"")));
        Assert.That(read.Json["linkedCases"]!.AsArray().Select(c => c!["id"]!.GetValue<string>()), Is.EqualTo(new[] { two["id"] }));
        Assert.That(read.Json["file"]!["persons"]!.AsArray().Select(p => p!["fullName"]!.GetValue<string>()), Is.EqualTo(new[] { "Trần Thị Ví Dụ" }));
        Assert.That(read.Json["file"]!["withheld"]![0]!["group"]!.GetValue<string>(), Is.EqualTo("other-victims"));
    }

    async Task<IReadOnlyList<Guid>> ListAsync(string query) =>
        [.. (await operators.GetAsync($"referrals?{query}")).Good().Json["items"]!.AsArray().Select(i => Guid.Parse(i!["id"]!.GetValue<string>()))];

    async Task<IReadOnlyList<Guid>> IdsAsync(string query) =>
        await hotline.ScalarAsync<Guid[]>("intake", $"select array_agg(id) from ({query}) t") ?? [];
}
