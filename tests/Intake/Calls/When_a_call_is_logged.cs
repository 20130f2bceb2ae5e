using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Calls;

public sealed class When_a_call_is_logged
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        operators = await hotline.AsOperator();
    }

    static IEnumerable<TestCaseData> Sixty() => Samples.Calls().Select(call =>
        new TestCaseData(call).SetName($"Should_keep_every_member_of_{call["id"]!.GetValue<string>().Replace('-', '_')}"));

    [TestCaseSource(nameof(Sixty))]
    public async Task Should_keep_every_member_of_a_sample(JsonObject sample)
    {
        var call = Logged(sample);

        var made = (await operators.PostAsync("calls", call)).Good();
        var read = (await operators.GetAsync($"calls/{made.Id}")).Good();

        Assert.That(made["reference"], Does.Match(@"^HL-\d{4}-\d{6,}$"));
        Assert.That(made.ETag, Is.EqualTo("\"1\""));
        foreach (var (name, sent) in call)
            Assert.That(Written(read.Json[name]), Is.EqualTo(Written(sent)), name);
    }

    [Test]
    public async Task Should_compose_what_was_typed_and_drop_nothing()
    {
        const string typed = "Thuy\u0309 \u200Bnói: \u202E<b>'; drop table calls;--</b>\uFEFF 🙏\n";
        var call = Samples.Call();
        call["summary"] = typed;

        var made = (await operators.PostAsync("calls", call)).Good();
        var read = (await operators.GetAsync($"calls/{made.Id}")).Good();

        Assert.That(read["summary"], Is.EqualTo(typed.Normalize(NormalizationForm.FormC)));
        Assert.That(read["summary"], Has.Length.EqualTo(typed.Length - 1));
    }

    [Test]
    public async Task Should_be_a_record_from_the_first_ring()
    {
        var made = (await operators.PostAsync("calls", new JsonObject())).Good();
        var read = (await operators.GetAsync($"calls/{made.Id}")).Good();

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(read["status"], Is.EqualTo("draft"));
        Assert.That(read.Json["summary"], Is.Null);
    }

    [Test]
    public async Task Should_take_a_change_only_from_who_saw_the_last_version()
    {
        var made = (await operators.PostAsync("calls", Samples.Call())).Good();
        var path = $"calls/{made.Id}";

        var blind = await operators.PatchAsync(path, new JsonObject { ["summary"] = "a" }, null);
        var strange = await operators.PatchAsync(path, new JsonObject { ["summary"] = "a" }, "1");
        var first = await operators.PatchAsync(path, new JsonObject { ["summary"] = "b", ["safety"] = new JsonObject { ["safeHours"] = null }, ["complaint"] = null }, "\"1\"");
        var second = await operators.PatchAsync(path, new JsonObject { ["summary"] = "c" }, "\"1\"");
        var read = (await operators.GetAsync(path)).Good();

        Assert.That((blind.Status, blind.Code), Is.EqualTo((HttpStatusCode.PreconditionRequired, "version.required")));
        Assert.That((strange.Status, strange.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.malformed")));
        Assert.That(first.ETag, Is.EqualTo("\"2\""));
        Assert.That((second.Status, second.Code), Is.EqualTo((HttpStatusCode.PreconditionFailed, "version.stale")));
        Assert.That(read["summary"], Is.EqualTo("b"));
        Assert.That(read.Json["safety"]!["safeHours"], Is.Null);
        Assert.That(read.Json["safety"]!["safeToCallBack"]!.GetValue<bool>(), Is.True, "a merge patch leaves the rest alone");
    }

    [Test]
    public async Task Should_keep_the_victim_of_a_case_when_the_list_comes_whole_and_without_ids()
    {
        var made = (await operators.PostAsync("calls", Samples.Call())).Good();
        var victim = (await operators.GetAsync($"calls/{made.Id}")).Good().Json["persons"]![0]!["id"]!.GetValue<string>();
        var opened = (await operators.PostAsync("cases", new JsonObject { ["callId"] = made["id"], ["personId"] = victim })).Good();
        var again = Samples.Call()["persons"]!.DeepClone().AsArray();
        again[0]!["notes"] = "Đang sốt.";
        again.Insert(0, (JsonNode)new JsonObject { ["role"] = "suspect" });
        var corrected = again.DeepClone().AsArray();
        corrected[1]!["fullName"] = "Trần Thị Ví Dụ Hai";

        (await operators.PatchAsync($"calls/{made.Id}", new JsonObject { ["persons"] = again }, "\"1\"")).Good();
        var changed = (await operators.PatchAsync($"calls/{made.Id}", new JsonObject { ["persons"] = corrected }, "\"2\"")).Good();
        var file = (await operators.GetAsync($"cases/{opened.Id}")).Good().Json["file"]!;

        Assert.That(changed.Json["persons"]![1]!.GetValue<string>(), Is.EqualTo(victim));
        Assert.That(file["persons"]!.AsArray().Select(p => p!["role"]!.GetValue<string>()), Is.EquivalentTo(new[] { "suspect", "victim" }));
        Assert.That(file["withheld"]!.AsArray(), Is.Empty);
    }

    [Test]
    public async Task Should_be_completed_whatever_saves_itself_beside_it()
    {
        var made = (await operators.PostAsync("calls", Samples.Call())).Good();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            operators.PostAsync($"calls/{made.Id}/complete", new JsonObject { ["disposition"] = "information" })));

        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Should_keep_the_ids_of_persons_through_a_change()
    {
        var made = (await operators.PostAsync("calls", Samples.Call())).Good();
        var persons = (await operators.GetAsync($"calls/{made.Id}")).Good().Json["persons"]!.DeepClone().AsArray();
        var known = persons[0]!["id"]!.GetValue<string>();
        persons.Add((JsonNode)new JsonObject { ["role"] = "suspect" });

        var changed = await operators.PatchAsync($"calls/{made.Id}", new JsonObject { ["persons"] = persons.DeepClone() }, "\"1\"");
        persons[0]!["id"] = Guid.AllBitsSet.ToString();
        var invented = await operators.PatchAsync($"calls/{made.Id}", new JsonObject { ["persons"] = persons }, "\"2\"");
        var read = (await operators.GetAsync($"calls/{made.Id}")).Good();

        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK), changed.Text);
        Assert.That(invented.Code, Is.EqualTo("request.unknown-member"));
        Assert.That(read.Json["persons"]![0]!["id"]!.GetValue<string>(), Is.EqualTo(known));
        Assert.That(read.Json["persons"]![1]!["id"], Is.Not.Null);
    }

    [Test]
    public async Task Should_be_completed_with_what_it_was()
    {
        var made = (await operators.PostAsync("calls", Samples.Call())).Good();

        var unknown = await operators.PostAsync($"calls/{made.Id}/complete", new JsonObject { ["disposition"] = "lovely" });
        var none = await operators.PostAsync($"calls/{made.Id}/complete", new JsonObject());
        var stale = await operators.PostAsync($"calls/{made.Id}/complete", new JsonObject { ["disposition"] = "referral" }, ifMatch: "\"7\"");
        var done = (await operators.PostAsync($"calls/{made.Id}/complete", new JsonObject { ["disposition"] = "referral" }, ifMatch: "\"1\"")).Good();

        Assert.That((unknown.Status, unknown.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "request.unknown-code")));
        Assert.That((none.Status, none.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.malformed")));
        Assert.That((stale.Status, stale.Code), Is.EqualTo((HttpStatusCode.PreconditionFailed, "version.stale")));
        Assert.That((done["status"], done.ETag), Is.EqualTo(("completed", "\"2\"")));
    }

    /// <summary>Whether a call still says what it said when it was completed can be told, by who has its key.</summary>
    [Test]
    public async Task Should_be_completed_with_a_digest_of_its_own()
    {
        var calls = new[] { (await operators.PostAsync("calls", Samples.Call())).Good().Id, (await operators.PostAsync("calls", Samples.Call())).Good().Id };

        foreach (var call in (Guid[])[calls[0], calls[0], calls[1]])
            (await operators.PostAsync($"calls/{call}/complete", new JsonObject { ["disposition"] = "referral" })).Good();

        var digests = new List<string?[]>();
        foreach (var call in calls)
            digests.Add((await hotline.ScalarAsync<string?[]>("intake",
                "select array_agg(leaf::jsonb ->> 'sha256' order by id) from audit.records where leaf::jsonb ->> 'kind' = 'call.completed' and leaf::jsonb ->> 'call' = $1", call.ToString()))!);
        Assert.That(digests[0][0], Has.Length.EqualTo(43));
        Assert.That(digests[0][1], Is.EqualTo(digests[0][0]), "the same content");
        Assert.That(digests[1][0], Has.Length.EqualTo(43).And.Not.EqualTo(digests[0][0]), "the same content of another call");
    }

    static JsonObject Logged(JsonObject sample)
    {
        var call = sample.DeepClone().AsObject();
        foreach (var label in (string[])["id", "expected", "repeatOf"])
            call.Remove(label);
        return call;
    }

    /// <summary>As the hotline must give it back: composed, times in UTC; the ids that persons were given left out.</summary>
    static string Written(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject members => "{" + string.Join(",", members.Where(m => m.Key != "id").OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}:{Written(m.Value)}")) + "}",
        JsonArray items => "[" + string.Join(",", items.Select(Written)) + "]",
        JsonValue value when value.TryGetValue(out string? text) => text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time)
            ? $"{time.UtcDateTime:O}" : text.Normalize(NormalizationForm.FormC),
        _ => node.ToJsonString(),
    };
}
