using System.Text;
using System.Text.Json.Nodes;
using Hotline.Provisioning.Servers;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Npgsql;
using NUnit.Framework;
using RabbitMQ.Client;

namespace Hotline.Scenarios.Tests;

/// <summary>
/// Marker words go through every path, failures included; then everything that a host, a database or a broker has
/// written down anywhere is searched for them, in every way they could be written.
/// </summary>
public sealed class When_a_case_is_full_of_marker_words
{
    // Each text of the case begins with one of the stems: they alone are searched for.
    const string Word = "Qzxvwmarker";
    const string Vietnamese = "Đặngzqxvw";
    const string Number = "0987 135 792";
    const string NumberStem = "987135792";

    /// <summary>Of a message that is no message: it lies in the broker as it was put there, and nowhere else.</summary>
    const string Foreign = "Wjkpqforeign";

    RunningHotline hotline = null!;
    TraceCollector collector = null!;
    PrivateServers servers = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        servers = await TestServers.StartAsync();
        Assume.That(servers.Postgres, Is.Not.Null.And.Matches<object>(_ => servers.RabbitMq is not null), "only servers of our own have files to search");
        collector = await TraceCollector.StartAsync();
        hotline = await RunningHotline.StartAsync(plan => plan with { Otlp = collector.Address.AbsoluteUri }, "police");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (hotline is not null)
            await hotline.DisposeAsync();
        if (collector is not null)
            await collector.DisposeAsync();
    }

    [Test]
    public async Task Should_leave_no_word_of_it_anywhere()
    {
        var reference = await GoThroughEverythingAsync();
        await Eventually.IsTrueAsync("traces arrive", () => Task.FromResult(collector.Size > 2000));
        await using (var administrator = new NpgsqlConnection(servers.Addresses.Database.ConnectionString() + ";Pooling=false"))
        {
            await administrator.OpenAsync();
            await using var flush = new NpgsqlCommand("checkpoint", administrator);
            await flush.ExecuteNonQueryAsync();
        }

        var secret = new Search([Word, Vietnamese, NumberStem]);
        var foreign = new Search([Foreign]);
        var control = new Search([reference]);
        var found = new List<string>();
        var places = 0;
        var controlled = new HashSet<string>();
        await foreach (var (kind, name, bytes) in PlacesAsync())
        {
            places++;
            found.AddRange(secret.In(bytes).Select(hit => $"{kind} {name}: {hit}"));
            if (kind != "broker file")
                found.AddRange(foreign.In(bytes).Select(hit => $"{kind} {name}: {hit}"));
            if (control.In(bytes).Any())
                controlled.Add(kind);
        }

        Assert.That(found, Is.Empty);
        Assert.That(controlled, Is.SupersetOf(new[] { "table", "database file" }), "the search finds what stands there in clear");
        Assert.That(places, Is.GreaterThan(100));
    }

    /// <summary>Every path, and a reference that stands in clear.</summary>
    async Task<string> GoThroughEverythingAsync()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
        var call = (await operators.PostAsync("calls", MarkedCall())).Good();
        (await operators.PatchAsync($"calls/{call.Id}", new JsonObject { ["summary"] = $"{Word} tóm tắt, {Vietnamese}, số {Number}" }, "\"1\"")).Good();
        (await operators.PostAsync("calls/search", new JsonObject { ["callerNumber"] = Number })).Good();
        var opened = (await operators.PostAsync("cases", new JsonObject { ["callId"] = call["id"] }, Guid.CreateVersion7())).Good();
        await BeRefusedAsync(operators, opened.Id);

        var first = (await operators.ReferAsync(opened.Id, "police", "P0", idempotencyKey: Guid.CreateVersion7())).Good();
        await operators.SeesStateAsync(first.Id, "delivered");
        await WorkOnItAsync(operators, officer, first.Id);
        await BreakThingsAsync(operators, officer, opened.Id);
        return first["reference"];
    }

    static async Task BeRefusedAsync(Actor operators, Guid caseId)
    {
        string[] bodies =
        [
            $"{{\"{Word}\":\"{Vietnamese}\"}}", $"{{\"channel\":\"{Word}\"}}", $"{{\"summary\":\"{Word}", $"{{\"summary\":\"{string.Concat(Enumerable.Repeat(Word, 500))}\"}}",
            $"{{\"startedAt\":\"{Word}\"}}", $"{{\"summary\":\"{string.Concat(Enumerable.Repeat(Word, 30_000))}\"}}",
        ];
        foreach (var body in bodies)
            Assert.That((int)(await operators.PostBytesAsync("calls", Encoding.UTF8.GetBytes(body))).Status, Is.InRange(400, 422));
        var request = Samples.Referral("police");
        request["withhold"] = new JsonArray("reporter", "suspects", "id-numbers");
        Assert.That((await operators.PostAsync($"cases/{caseId}/referrals", request)).Code, Is.EqualTo("referral.withheld-in-text"));
        Assert.That((await operators.PostAsync("tokens", new JsonObject { ["userName"] = Word, ["password"] = Word })).Code, Is.EqualTo("auth.failed"));
    }

    static async Task WorkOnItAsync(Actor operators, Actor officer, Guid referral)
    {
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        (await officer.PostAsync($"referrals/{referral}/hand-back", Text("reason"))).Good();
        await Eventually.IsTrueAsync("the hotline knows that it was handed back", async () =>
            (await operators.GetAsync($"referrals/{referral}/history")).Json["items"]!.AsArray().Any(i => (string?)i!["event"] == "referral.handed-back"));
        (await operators.PostAsync($"referrals/{referral}/answered-by-phone", new JsonObject { ["person"] = $"{Word} người", ["unit"] = $"{Vietnamese} đội", ["number"] = Number })).Good();
        (await operators.PostAsync($"referrals/{referral}/notes", Text("text"))).Good();
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject())).Good();
        (await officer.PostAsync($"referrals/{referral}/notes", Text("text"))).Good();
        (await officer.PostAsync($"referrals/{referral}/accept")).Good();
        (await officer.PostAsync($"referrals/{referral}/progress", Text("text"))).Good();
        (await operators.PostAsync($"referrals/{referral}/revoke", Text("reason"))).Good();
        await Eventually.GetAsync("the refusal is seen", () => operators.GetAsync($"referrals/{referral}"), a => a.Json["revocationRefusedAt"] is not null);
        (await officer.PostAsync($"referrals/{referral}/close", new JsonObject { ["outcome"] = "other", ["text"] = $"{Word} {Vietnamese}" })).Good();
        await operators.SeesStateAsync(referral, "closed");
        (await operators.GetAsync($"referrals/{referral}/history")).Good();
    }

    /// <summary>The broker away, the database away, a bug, and a message that is none.</summary>
    async Task BreakThingsAsync(Actor operators, Actor officer, Guid caseId)
    {
        await servers.RabbitMq!.StopAsync();
        var queued = (await operators.ReferAsync(caseId, "police", "P1")).Good().Id;
        await servers.RabbitMq.StartAsync();
        await operators.SeesStateAsync(queued, "delivered");
        (await officer.PostAsync($"referrals/{queued}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = $"{Word} {Vietnamese} {Number}" })).Good();
        await operators.SeesStateAsync(queued, "declined");

        await hotline.ExecuteAsync("intake", "alter table calls rename to calls_away");
        var broken = await operators.PostAsync("calls", MarkedCall());
        await hotline.ExecuteAsync("intake", "alter table calls_away rename to calls");
        Assert.That(broken.Code, Is.EqualTo("internal"));

        await servers.Postgres!.StopAsync();
        var away = await operators.PostAsync("calls", MarkedCall());
        await servers.Postgres.StartAsync();
        Assert.That(away.Code, Is.EqualTo("unavailable"));

        await PutForeignMessagesAsync();
        await Eventually.IsTrueAsync("they are parked", async () => await hotline.ScalarAsync<long>("police", "select count(*) from parked_messages") >= 2);
    }

    async Task PutForeignMessagesAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(hotline.Installation.Parties["intake"].Settings.Broker) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        foreach (var body in (string[])[$"{Foreign}: no JSON", $"{{\"messageId\":\"{Guid.CreateVersion7()}\",\"to\":\"police\",\"body\":\"{Foreign}.{Foreign}.{Foreign}.{Foreign}.{Foreign}\"}}"])
            await channel.BasicPublishAsync("police.inbox", string.Empty, true, Encoding.UTF8.GetBytes(body));
    }

    async IAsyncEnumerable<(string Kind, string Name, byte[] Bytes)> PlacesAsync()
    {
        yield return ("trace", "OTLP", collector.Everything());
        using var http = new HttpClient();
        foreach (var (party, host) in hotline.Hosts)
            yield return ("metric", party, await http.GetByteArrayAsync(new Uri(host.Url, "/metrics")));
        foreach (var party in hotline.Installation.Parties.Keys)
            foreach (var database in (string[])[hotline.Installation.Plan.DatabaseOf(party), $"{hotline.Installation.Plan.DatabaseOf(party)}_keystore", $"{hotline.Installation.Plan.DatabaseOf(party)}_keystore_copy"])
                await foreach (var (table, rows) in TablesAsync(database))
                    yield return ("table", $"{database}.{table}", Encoding.UTF8.GetBytes(rows));
        foreach (var (kind, folder) in ((string, string)[])
            [("log", Path.Combine(hotline.Installation.Plan.StateFolder, "logs")), ("log", Path.GetDirectoryName(servers.Postgres!.LogFile)!), ("log", servers.RabbitMq!.Logs),
             ("database file", servers.Postgres.Files), ("broker file", servers.RabbitMq.Files)])
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                if (Read(file) is { } bytes)
                    yield return (kind, file, bytes);
    }

    /// <summary>Null where the file has gone meanwhile.</summary>
    static byte[]? Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    async IAsyncEnumerable<(string Table, string Rows)> TablesAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(servers.Addresses.Database.ConnectionString(database) + ";Pooling=false");
        var tables = new List<string>();
        await using (var list = source.CreateCommand("select format('%I.%I', table_schema, table_name) from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"))
        await using (var reader = await list.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                tables.Add(reader.GetString(0));
        foreach (var table in tables)
        {
            await using var dump = source.CreateCommand($"select coalesce(string_agg(t::text, E'\\n'), '') from {table} t");
            yield return (table, (string)(await dump.ExecuteScalarAsync())!);
        }
    }

    static JsonObject Text(string member) => new() { [member] = $"{Word} {Vietnamese} {Number}" };

    static JsonObject MarkedCall()
    {
        var call = Samples.Call();
        (call["summary"], call["callerName"], call["callerNumber"]) = ($"{Word} tóm tắt", $"{Vietnamese} {Word}", Number);
        call["safety"]!["safeHours"] = $"{Word}";
        call["complaint"] = new JsonObject { ["againstAgency"] = "other", ["unitName"] = $"{Word} đơn vị", ["acts"] = new JsonArray("other") };
        call["placeOfEvent"] = new JsonObject { ["country"] = "VN", ["provinceCode"] = "01", ["communeName"] = $"{Vietnamese} xã", ["detail"] = $"{Word} ngõ" };
        call["persons"] = new JsonArray(
            new JsonObject { ["role"] = "victim", ["fullName"] = $"{Word} {Vietnamese}", ["idNumber"] = NumberStem, ["phone"] = Number, ["notes"] = $"{Word}" },
            new JsonObject { ["role"] = "suspect", ["fullName"] = $"{Vietnamese}", ["phone"] = Number, ["notes"] = $"{Word}" });
        return call;
    }

    /// <summary>Stems in every way that bytes may hold them.</summary>
    sealed class Search(IReadOnlyList<string> stems)
    {
        readonly List<(string Form, byte[] Pattern)> patterns = [.. stems.SelectMany(Forms)];

        public IEnumerable<string> In(byte[] bytes) => patterns.Where(p => bytes.AsSpan().IndexOf(p.Pattern) >= 0).Select(p => p.Form);

        static IEnumerable<(string, byte[])> Forms(string stem)
        {
            var utf8 = Encoding.UTF8.GetBytes(stem);
            yield return ($"{stem} as UTF-8", utf8);
            yield return ($"{stem} as UTF-8, decomposed", Encoding.UTF8.GetBytes(stem.Normalize(NormalizationForm.FormD)));
            yield return ($"{stem} in small letters", Encoding.UTF8.GetBytes(stem.ToLowerInvariant()));
            yield return ($"{stem} as UTF-16LE", Encoding.Unicode.GetBytes(stem));
            yield return ($"{stem} as UTF-16BE", Encoding.BigEndianUnicode.GetBytes(stem));
            yield return ($"{stem} as hex", Encoding.ASCII.GetBytes(Convert.ToHexString(utf8)));
            yield return ($"{stem} as small hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)));
            yield return ($"{stem} in JSON", Encoding.ASCII.GetBytes(System.Text.Json.JsonEncodedText.Encode(stem).ToString()));
            yield return ($"{stem} in a URL", Encoding.ASCII.GetBytes(Uri.EscapeDataString(stem)));
            for (var offset = 0; offset < 3; offset++)
            {
                // The first and the last characters depend on what stands beside; those in between do not.
                var text = Convert.ToBase64String([.. new byte[offset], .. utf8]);
                var own = text[(offset == 0 ? 0 : offset + 1)..((offset + utf8.Length) * 8 / 6)];
                yield return ($"{stem} as base64 at {offset}", Encoding.ASCII.GetBytes(own));
                yield return ($"{stem} as base64url at {offset}", Encoding.ASCII.GetBytes(own.Replace('+', '-').Replace('/', '_')));
            }
        }
    }
}
