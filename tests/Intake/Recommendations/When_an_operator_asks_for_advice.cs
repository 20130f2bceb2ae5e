using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Recommendations;

/// <summary>Over HTTP, with the calls of the samples logged in order as an operator would.</summary>
public sealed class When_an_operator_asks_for_advice
{
    readonly Dictionary<string, Guid> calls = [];
    readonly Dictionary<string, Guid> cases = [];
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Log()
    {
        hotline = await RunningHotline.StartAsync("police");
        operators = await hotline.AsOperator();
        foreach (var line in Samples.Calls())
            await LogAsync(line);
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_agree_with_every_sample()
    {
        foreach (var line in Samples.Calls())
        {
            var advice = (await operators.PostAsync("recommendations", new JsonObject { ["callId"] = calls[Id(line)] })).Good().Json;
            var expected = line["expected"]!;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(advice["caseNeeded"]!.GetValue<bool>(), Is.EqualTo(expected["caseNeeded"]!.GetValue<bool>()), Id(line));
                Assert.That(advice["urgency"]?.GetValue<string>(), Is.EqualTo(expected["urgency"]?.GetValue<string>()), Id(line));
                Assert.That(advice["agencies"]!.AsArray().Select(a => a!["agency"]!.GetValue<string>()), Is.EquivalentTo(Texts(expected["agencies"]!)), Id(line));
                Assert.That(Texts(advice["outsideFour"]!), Is.EquivalentTo(Texts(expected["outsideFour"]!)), Id(line));
            }
        }
    }

    [Test]
    public async Task Should_know_the_girl_again_whose_name_a_friend_types_without_marks()
    {
        var friend = Samples.Calls().Single(l => Id(l) == "C-028");
        var call = (await operators.PostAsync("calls", Body(friend))).Good().Id;

        var advice = (await operators.PostAsync("recommendations", new JsonObject { ["callId"] = call })).Good().Json;

        Assert.That(advice["mustNot"]!.AsArray().Select(m => m!["code"]!.GetValue<string>()), Does.Contain("create-duplicate-case"));
    }

    [TestCase("trieu thi may", null, "C-027")]
    [TestCase("Mấy Triệu", 2010, "C-027")]
    [TestCase("HA THI HOA", null, "C-035")]
    [TestCase("Thúy An", 2001, "C-059")]
    public async Task Should_find_a_case_by_name_without_marks(string name, int? birthYear, string sample)
    {
        var found = await SearchAsync(new JsonObject { ["name"] = name, ["birthYear"] = birthYear });

        Assert.That(found, Does.Contain(cases[sample]));
    }

    [Test]
    public async Task Should_find_a_case_by_number_code_and_province()
    {
        var code = (await operators.GetAsync($"cases/{cases["C-027"]}")).Good()["code"];

        Assert.That(await SearchAsync(new JsonObject { ["callerNumber"] = "+84 912 000 138" }), Does.Contain(cases["C-027"]));
        Assert.That(await SearchAsync(new JsonObject { ["code"] = code.ToLowerInvariant() }), Is.EqualTo(new[] { cases["C-027"] }));
        Assert.That(await SearchAsync(new JsonObject { ["name"] = "trieu", ["provinceCode"] = "08" }), Does.Contain(cases["C-027"]));
        Assert.That(await SearchAsync(new JsonObject { ["name"] = "trieu", ["provinceCode"] = "79" }), Is.Empty);
        Assert.That(await SearchAsync(new JsonObject { ["name"] = "trieu thi may", ["birthYear"] = 1950 }), Is.Empty);
    }

    [Test]
    public async Task Should_refuse_a_search_for_nothing_and_searchers_who_are_no_operators()
    {
        var supervisor = await hotline.AsSupervisor();

        Assert.That((await operators.PostAsync("cases/search", new JsonObject())).Code, Is.EqualTo("request.malformed"));
        Assert.That((await supervisor.PostAsync("cases/search", new JsonObject { ["name"] = "trieu" })).Code, Is.EqualTo("access.denied"));
        Assert.That((await supervisor.PostAsync("recommendations", new JsonObject { ["callId"] = calls["C-001"] })).Code, Is.EqualTo("access.denied"));
        Assert.That((await operators.PostAsync("recommendations", new JsonObject { ["callId"] = Guid.Empty })).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Should_find_a_changed_name_and_not_the_old_one()
    {
        var call = Samples.Call();
        call["persons"]![0]!["fullName"] = "Đỗ Thị Tên Cũ";
        var (id, caseId) = await operators.OpenCaseAsync(call);

        call["persons"]![0]!["fullName"] = "Đỗ Thị Tên Mới";
        (await operators.PatchAsync($"calls/{id}", new JsonObject { ["persons"] = call["persons"]!.DeepClone() }, "\"1\"")).Good();

        Assert.That(await SearchAsync(new JsonObject { ["name"] = "ten moi" }), Does.Contain(caseId));
        Assert.That(await SearchAsync(new JsonObject { ["name"] = "ten cu" }), Does.Not.Contain(caseId));
    }

    async Task LogAsync(JsonObject line)
    {
        var (id, first) = (Id(line), line["repeatOf"]?.GetValue<string>());
        calls[id] = (await operators.PostAsync("calls", Body(line))).Good().Id;
        if (!line["expected"]!["caseNeeded"]!.GetValue<bool>())
            return;
        if (first is not null && cases.TryGetValue(first, out var known))
        {
            (await operators.PostAsync($"cases/{known}/calls", new JsonObject { ["callId"] = calls[id] })).Good();
            cases[id] = known;
        }
        else
        {
            cases[id] = (await operators.PostAsync("cases", new JsonObject { ["callId"] = calls[id] })).Good().Id;
        }
    }

    async Task<Guid[]> SearchAsync(JsonObject request) =>
        [.. (await operators.PostAsync("cases/search", request)).Good().Json["items"]!.AsArray().Select(i => i!["id"]!.GetValue<Guid>())];

    static JsonObject Body(JsonObject line)
    {
        var body = line.DeepClone().AsObject();
        foreach (var name in new[] { "id", "expected", "repeatOf" })
            body.Remove(name);
        return body;
    }

    static string Id(JsonObject line) => line["id"]!.GetValue<string>();

    static IEnumerable<string> Texts(JsonNode list) => list.AsArray().Select(t => t!.GetValue<string>());
}
