using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Http;

/// <summary>Every endpoint of the description, called by every role, by nobody, and with another party's token.</summary>
public sealed class When_roles_meet_endpoints
{
    static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];
    static readonly string[] HubRoles = ["operator", "supervisor", "administrator"];
    static readonly string[] AgencyRoles = ["dutyOfficer", "focalPoint", "administrator"];

    /// <summary>What http.md promises, route by route; a route that is not here may be called by whom its description says.</summary>
    static readonly Dictionary<string, string[]> Promised = new()
    {
        ["intake POST /api/v1/calls"] = ["operator"],
        ["intake PATCH /api/v1/calls/{id}"] = ["operator"],
        ["intake POST /api/v1/calls/{id}/complete"] = ["operator"],
        ["intake GET /api/v1/calls/{id}"] = ["operator"],
        ["intake POST /api/v1/calls/search"] = ["operator"],
        ["intake POST /api/v1/cases"] = ["operator"],
        ["intake POST /api/v1/cases/{id}/calls"] = ["operator"],
        ["intake GET /api/v1/cases/{id}"] = ["operator"],
        ["intake POST /api/v1/cases/{id}/referrals"] = ["operator"],
        ["intake POST /api/v1/referrals/{id}/updates"] = ["operator"],
        ["intake GET /api/v1/referrals"] = ["operator", "supervisor"],
        ["intake GET /api/v1/referrals/{id}"] = ["operator", "supervisor"],
        ["intake GET /api/v1/referrals/{id}/history"] = ["operator", "supervisor"],
        ["intake POST /api/v1/referrals/{id}/revoke"] = ["operator"],
        ["intake POST /api/v1/referrals/{id}/notes"] = ["operator"],
        ["intake POST /api/v1/referrals/{id}/answered-by-phone"] = ["operator"],
        ["police GET /api/v1/referrals"] = ["dutyOfficer", "focalPoint"],
        ["police GET /api/v1/referrals/{id}"] = ["dutyOfficer", "focalPoint"],
        ["police GET /api/v1/referrals/{id}/content"] = ["dutyOfficer", "focalPoint"],
        ["police GET /api/v1/referrals/{id}/history"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/acknowledge"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/accept"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/decline"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/hand-back"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/assign"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/progress"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/notes"] = ["dutyOfficer", "focalPoint"],
        ["police POST /api/v1/referrals/{id}/close"] = ["dutyOfficer", "focalPoint"],
    };

    RunningHotline hotline = null!;
    readonly Dictionary<string, JsonObject> descriptions = [];

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        using var http = new HttpClient();
        foreach (var party in (string[])["intake", "police"])
            descriptions[party] = JsonNode.Parse(await http.GetStringAsync(new Uri(hotline.Hosts[party].Url, "/openapi/v1.json")))!.AsObject();
    }

    sealed record Endpoint(string Party, HttpMethod Method, string Path, JsonObject Operation)
    {
        public string Name => $"{Party} {Method} {Path}";

        public string Url => (Path.StartsWith("/api/v1/", StringComparison.Ordinal) ? Path["/api/v1/".Length..] : Path)
            .Replace("{id}", Guid.AllBitsSet.ToString(), StringComparison.Ordinal);

        public IReadOnlyList<string> Roles => [.. (Operation["x-roles"]?.AsArray() ?? []).Select(r => r!.GetValue<string>())];

        public IReadOnlyList<string> Parameters => [.. (Operation["parameters"]?.AsArray() ?? []).Select(p => p!["name"]!.GetValue<string>())];

        public bool IsOpenToAll => Operation["security"] is null;
    }

    [Test]
    public void Should_find_what_http_md_promises_in_the_description()
    {
        var found = Endpoints("intake").Concat(Endpoints("police")).ToDictionary(e => e.Name);

        foreach (var (name, roles) in Promised)
        {
            Assert.That(found.Keys, Does.Contain(name));
            Assert.That(found[name].Roles, Is.EquivalentTo(roles), name);
        }
        Assert.That(found.Values.Where(e => e.IsOpenToAll).Select(e => e.Path).Distinct(), Is.SubsetOf(
            // The gateway signs its reports: it has a key instead of an account.
            new[] { "/api/v1/tokens", "/api/v1/gateway/reports", "/health/live", "/health/ready", "/metrics" }.Concat(found.Values.Where(e => !e.Path.StartsWith("/api", StringComparison.Ordinal)).Select(e => e.Path))));
    }

    [Test]
    public void Should_describe_every_request_and_answer()
    {
        foreach (var party in descriptions.Keys)
            foreach (var endpoint in Endpoints(party).Where(e => e.Path.StartsWith("/api/v1/", StringComparison.Ordinal)))
            {
                var answers = endpoint.Operation["responses"]!.AsObject();
                Assert.That(answers.Any(a => a.Key is "200" or "201" or "204"), Is.True, endpoint.Name);
                Assert.That(answers.ContainsKey("default"), Is.True, $"{endpoint.Name} can be refused");
                foreach (var schema in References(endpoint.Operation))
                    Assert.That(Find(descriptions[party], schema), Is.Not.Null, $"{endpoint.Name}: {schema}");
            }
        Assert.That(Properties("intake", "Call"), Is.EquivalentTo(Samples.Calls()[0].Select(m => m.Key).Except(["id", "expected", "repeatOf"]).Append("reference")), "reference is read-only");
        Assert.That(Properties("intake", "ReferralRequest"), Is.SupersetOf(new[] { "agency", "urgency", "provinceCode", "desk", "purpose", "ground", "withhold", "confirm" }));
        Assert.That(Properties("intake", "AttachCallRequest"), Is.EqualTo(new[] { "callId" }), "each use case has a schema of its own");
    }

    [Test]
    public async Task Should_let_each_role_call_what_it_may_and_nothing_else()
    {
        var wrong = new List<string>();
        foreach (var party in descriptions.Keys)
            foreach (var role in party == "intake" ? HubRoles : AgencyRoles)
            {
                var actor = await hotline.AsAsync(party, role);
                // A stream has no end: who may open it is not kept waiting for one.
                foreach (var endpoint in Guarded(party).Where(e => e.Path != "/api/v1/events" || !e.Roles.Contains(role)))
                {
                    var answer = await CallAsync(actor, endpoint);
                    var refused = answer.Code == "access.denied";
                    var may = endpoint.Roles.Count == 0 || endpoint.Roles.Contains(role);
                    // A route of one's own things refuses a role that may call it, where the things are another's.
                    var wronglyRefused = may && refused && Promised.ContainsKey(endpoint.Name);
                    if (!may && !refused || wronglyRefused || refused && answer.Status != HttpStatusCode.Forbidden)
                        wrong.Add($"{role}: {endpoint.Name} -> {answer}");
                }
            }

        Assert.That(wrong, Is.Empty);
    }

    /// <summary>A list that is said to come in pages does, whoever may read it; and what is no page is refused before anything is read or recorded.</summary>
    [Test]
    public async Task Should_page_every_list_that_is_described_so()
    {
        var operators = await hotline.AsOperator();
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        for (var glass = 0; glass < 2; glass++)
            (await (await hotline.AsSupervisor()).PostAsync("break-glass", new JsonObject { ["subject"] = caseId, ["reasonCode"] = "life-in-danger" })).Good();
        var (lists, wrong) = (new HashSet<string>(), new List<string>());
        foreach (var party in descriptions.Keys)
            foreach (var endpoint in Guarded(party).Where(e => e.Method == HttpMethod.Get && e.Parameters.Contains("limit")))
            {
                var actor = await hotline.AsAsync(party, endpoint.Roles.Intersect(party == "intake" ? HubRoles : AgencyRoles).First());
                var url = endpoint.Url.Replace(Guid.AllBitsSet.ToString(), $"{(endpoint.Path.Contains("/cases/", StringComparison.Ordinal) ? caseId : referral)}", StringComparison.Ordinal);
                foreach (var bad in (string[])["limit=0", "limit=201", "limit=+5", "cursor=!", "cursor=-1"])
                    if (await actor.GetAsync($"{url}?{bad}") is var answer && (answer.Status, answer.Code) != (HttpStatusCode.BadRequest, "request.malformed"))
                        wrong.Add($"{endpoint.Name} {bad} -> {answer}");
                var first = (await actor.GetAsync($"{url}?limit=1")).Good();
                Assert.That(first.Json["items"]!.AsArray(), Has.Count.LessThanOrEqualTo(1), endpoint.Name);
                if (first.Json["next"]?.GetValue<string>() is not { } next)
                    continue;
                var second = (await actor.GetAsync($"{url}?limit=1&cursor={next}")).Good();
                Assert.That(second.Json["items"]!.AsArray().Single()!.ToJsonString(), Is.Not.EqualTo(first.Json["items"]![0]!.ToJsonString()), endpoint.Name);
                lists.Add(endpoint.Name);
            }

        Assert.That(wrong, Is.Empty);
        Assert.That(lists, Is.SupersetOf(new[] { "intake GET /api/v1/retention", "intake GET /api/v1/break-glass", "police GET /api/v1/officers", "police GET /api/v1/roster/units" }), "lists that have a second page");
    }

    [Test]
    public async Task Should_let_nobody_in_without_a_token_of_its_own()
    {
        var wrong = new List<string>();
        var elsewhere = new Dictionary<string, string?> { ["intake"] = (await hotline.AsDutyOfficer("police")).Token, ["police"] = (await hotline.AsDutyOfficer("border-guard")).Token };
        foreach (var party in descriptions.Keys)
            foreach (var (token, code) in ((string?, string)[])
                [(null, "auth.missing"), ("nonsense", "auth.missing"), ($"{party}.{new string('A', 43)}", "auth.missing"),
                 (elsewhere[party], "auth.wrong-issuer"), ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "auth.wrong-issuer")])
            {
                using var actor = new Actor(hotline.Hosts[party].Url, token);
                foreach (var endpoint in Guarded(party))
                    if (await CallAsync(actor, endpoint) is var answer && (answer.Status, answer.Code) != (HttpStatusCode.Unauthorized, code))
                        wrong.Add($"{token}: {endpoint.Name} -> {answer}");
            }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public async Task Should_never_show_a_body_of_a_case_to_who_supervises_or_administers()
    {
        const string marker = "Xyrlqwem";
        var call = Samples.Call();
        (call["summary"], call["callerName"]) = ($"{marker} tóm tắt", $"{marker} tên");
        var operators = await hotline.AsOperator();
        var (callId, caseId) = await operators.OpenCaseAsync(call);
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = marker })).Good();
        (await (await hotline.AsDutyOfficer("police")).PostAsync($"referrals/{referral}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = marker })).Good();
        await operators.SeesStateAsync(referral, "declined");

        foreach (var (party, role) in ((string, string)[])[("intake", "supervisor"), ("intake", "administrator"), ("police", "administrator")])
        {
            var actor = await hotline.AsAsync(party, role);
            foreach (var endpoint in Guarded(party).Where(e => e.Method == HttpMethod.Get && e.Path != "/api/v1/events"))
                foreach (var id in (Guid[])[callId, caseId, referral])
                {
                    var answer = await actor.GetAsync(endpoint.Url.Replace(Guid.AllBitsSet.ToString(), id.ToString(), StringComparison.Ordinal));
                    Assert.That(answer.Text, Does.Not.Contain(marker), $"{role}: {endpoint.Name}");
                }
        }
        Assert.That((await operators.GetAsync($"referrals/{referral}/history")).Text, Does.Contain(marker), "the operator reads it");
    }

    IEnumerable<Endpoint> Endpoints(string party) => descriptions[party]["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
        .Where(m => Methods.Contains(m.Key))
        .Select(m => new Endpoint(party, new HttpMethod(m.Key.ToUpperInvariant()), path.Key, m.Value!.AsObject())));

    IEnumerable<Endpoint> Guarded(string party) => Endpoints(party).Where(e => !e.IsOpenToAll && e.Path.StartsWith("/api/v1/", StringComparison.Ordinal));

    static Task<Answer> CallAsync(Actor actor, Endpoint endpoint) => actor.SendAsync(
        endpoint.Method, endpoint.Url, endpoint.Method == HttpMethod.Get ? null : new ByteArrayContent("[]"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });

    IEnumerable<string> Properties(string party, string schema) => descriptions[party]["components"]!["schemas"]![schema]!["properties"]!.AsObject().Select(p => p.Key);

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => m.Key == "$ref" ? [m.Value!.GetValue<string>()] : References(m.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    static JsonNode? Find(JsonNode document, string reference) => reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (node, name) => node?[name]);
}
