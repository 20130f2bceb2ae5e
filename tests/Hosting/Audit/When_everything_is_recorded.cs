using System.Reflection;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>Every route and every kind of message that changes or reads a case leaves a record (R40). A new one must be named here.</summary>
public sealed class When_everything_is_recorded
{
    /// <summary>Routes below /api/v1 that touch a case, and the record of each.</summary>
    static readonly Dictionary<string, string> AtTheHub = new()
    {
        ["POST /tokens"] = "account.signed-in",
        ["POST /calls"] = "call.logged",
        ["GET /calls/{id}"] = "call.opened",
        ["POST /calls/search"] = "calls.searched",
        ["POST /calls/{id}/call-back-code"] = "call-back-code.given",
        ["POST /call-back-codes/check"] = "call-back-code.checked",
        ["POST /calls/{id}/complete"] = "call.completed",
        ["POST /cases"] = "case.created",
        ["POST /cases/search"] = "cases.searched",
        ["GET /cases/{id}"] = "case.opened",
        ["POST /cases/{id}/calls"] = "case.call-attached",
        ["POST /recommendations"] = "call.advised",
        ["POST /cases/{id}/referrals"] = "referral.sealed",
        ["GET /referrals/{id}/history"] = "history.opened",
        ["POST /referrals/{id}/updates"] = Kinds.ReferralUpdated,
        ["POST /referrals/{id}/notes"] = Kinds.NoteAdded,
        ["POST /referrals/{id}/answered-by-phone"] = Kinds.AnsweredByPhone,
        ["POST /referrals/{id}/revoke"] = Kinds.RevocationRequested,
        ["GET /audit/records"] = "records.searched",
        ["GET /audit/cases/{code}/bundle"] = "case.exported",
        ["POST /audit/verify"] = "log.verified",
        ["POST /designations"] = "designation.given",
        ["POST /designations/{id}/revoke"] = "designation.revoked",
        ["POST /accounts"] = "account.created",
        ["POST /accounts/{id}/disable"] = "account.disabled",
    };

    static readonly Dictionary<string, string> AtTheAgency = new()
    {
        ["GET /referrals/{id}/content"] = Kinds.ContentOpened,
        ["GET /referrals/{id}/history"] = "history.opened",
        ["POST /referrals/{id}/acknowledge"] = Kinds.ReferralAcknowledged,
        ["POST /referrals/{id}/accept"] = Kinds.ReferralAccepted,
        ["POST /referrals/{id}/decline"] = Kinds.ReferralDeclined,
        ["POST /referrals/{id}/hand-back"] = Kinds.ReferralHandedBack,
        ["POST /referrals/{id}/assign"] = "referral.assigned",
        ["POST /referrals/{id}/progress"] = Kinds.ProgressNoted,
        ["POST /referrals/{id}/notes"] = Kinds.NoteAdded,
        ["POST /referrals/{id}/close"] = Kinds.ReferralClosed,
    };

    /// <summary>Routes whose records their own tests walk: consents, broken glasses, shredding.</summary>
    static readonly Dictionary<string, string> WalkedElsewhere = new()
    {
        ["POST /cases/{id}/consents"] = "consent.given",
        ["POST /cases/{id}/consents/withdraw"] = Kinds.ConsentWithdrawn,
        ["POST /break-glass"] = "break-glass.requested",
        ["POST /break-glass/{id}/approve"] = "break-glass.opened",
        ["POST /break-glass/{id}/close"] = "break-glass.closed",
        ["POST /break-glass/{id}/review"] = "break-glass.reviewed",
        ["POST /shreddings"] = "shredding.requested",
        ["POST /shreddings/{id}/approve"] = "shredding.approved",
        ["GET /audit/cases/{code}/certificate"] = "certificate.exported",
        ["PUT /retention/{kind}"] = "retention.changed",
        ["POST /watch/{id}/take"] = "watch.taken",
        ["POST /referrals/{id}/escalate"] = "escalation.hurried",
    };

    /// <summary>Routes that open and change no case, by their beginning, with the reason.</summary>
    static readonly (string Route, string Why)[] WithoutACase =
    [
        ("PATCH /calls/{id}", "autosave: one record when the call is opened, one when it is completed (audit.md)"),
        ("GET /calls", "references, codes and times"), ("GET /referrals", "coded"), ("GET /referrals/{id}", "coded"),
        ("GET /alarms", "codes"), ("GET /parked-messages", "codes"), ("GET /audit/status", "sizes"),
        ("GET /cases/{id}/consents", "agencies, purposes, times"), ("GET /break-glass", "codes"), ("GET /shreddings", "codes"), ("GET /retention", "codes"),
        ("GET /watch", "what is late, coded"), ("GET /probes", "times"), ("GET /events", "signals without content"), ("GET /referrals/{id}/attempts", "who was paged, coded"),
        ("POST /gateway/reports", "what became of a page"),
        ("GET /retention/due", "codes"), ("GET /accounts", "accounts"), ("GET /designations", "accounts"),
        ("* /holidays", "duty"), ("* /ladders", "duty"), ("* /officers", "duty"), ("* /overrides", "duty"), ("* /swaps", "duty"), ("* /roster", "duty"),
        ("* /on-duty", "duty"), ("* /exercise-channels", "duty"), ("* /readiness", "duty"), ("* /session", "the session itself"), ("* /live", "signals without content"), ("* /assets", "files"),
    ];

    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [TestCase("intake")]
    [TestCase("police")]
    public async Task Should_name_every_route(string party)
    {
        using var anyone = new HttpClient();
        var api = JsonNode.Parse(await anyone.GetStringAsync(new Uri(hotline.Hosts[party].Url, "/openapi/v1.json")))!;

        var routes = api["paths"]!.AsObject().Where(p => p.Key.StartsWith("/api/v1/", StringComparison.Ordinal))
            .SelectMany(p => p.Value!.AsObject().Select(m => $"{m.Key.ToUpperInvariant()} {p.Key["/api/v1".Length..]}")).ToList();
        var unnamed = routes.Where(r => !AtTheHub.ContainsKey(r) && !AtTheAgency.ContainsKey(r) && !WalkedElsewhere.ContainsKey(r) && !Array.Exists(WithoutACase, w => IsOf(r, w.Route)));

        Assert.That(routes, Has.Count.GreaterThan(15));
        Assert.That(unnamed, Is.Empty, "A route that opens or changes a case needs a record, and its place in this test.");
    }

    [Test]
    public async Task Should_record_what_each_route_does()
    {
        await WalkTheHubAsync();
        await WalkTheAgencyAsync();

        foreach (var (party, table) in new[] { ("intake", AtTheHub), ("police", AtTheAgency) })
        {
            var recorded = await hotline.ScalarAsync<string[]>(party, "select array_agg(distinct leaf::jsonb ->> 'kind') from audit.records");
            Assert.That(recorded, Is.SupersetOf(table.Values.Distinct()), party);
        }
    }

    [Test]
    public async Task Should_record_every_message_on_both_sides()
    {
        await WalkTheHubAsync();
        await WalkTheAgencyAsync();
        string[] notSentYet = [Kinds.ConsentWithdrawn, Kinds.ConsentWithdrawalConfirmed, Kinds.EscalationAdvanced, Kinds.RevocationRefused];
        var kinds = typeof(Kinds).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetValue(null)!)
            .Where(Kinds.IsReceipted).Except(notSentYet).ToList();

        await Eventually.GetAsync("each kind of message has arrived", async () => (await ReceivedAsync("intake")).Concat(await ReceivedAsync("police")).Distinct().ToList(),
            received => kinds.All(received.Contains));

        foreach (var party in new[] { "intake", "police" })
            foreach (var messages in new[] { "inbox", "sent_messages" })
            {
                var silent = await hotline.ScalarAsync<string[]>(party,
                    $"select array_agg(distinct kind) from {messages} m where not exists (select from audit.records r where r.leaf::jsonb ->> 'jti' = m.jti::text)");
                Assert.That(silent ?? [], Is.Empty, $"{party}: {messages}");
            }
    }

    [Test]
    public async Task Should_write_no_line_of_history_without_a_record()
    {
        await WalkTheHubAsync();
        await WalkTheAgencyAsync();

        foreach (var party in new[] { "intake", "police" })
            Assert.That(await hotline.ScalarAsync<long>(party,
                "select count(*) from referral_history h where not exists (select from audit.records r where r.history_id = h.id)"), Is.Zero, party);
    }

    [TestCase("update audit.records set leaf = leaf")]
    [TestCase("delete from audit.records")]
    [TestCase("update audit.leaves set leaf = leaf")]
    [TestCase("delete from audit.leaves")]
    [TestCase("delete from audit.nodes")]
    [TestCase("delete from audit.checkpoints")]
    [TestCase("update audit.witness_heads set size = 0")]
    [TestCase("delete from audit.evidence")]
    [TestCase("insert into audit.epochs values (7, now())")]
    [TestCase("update referral_history set actor = actor")]
    [TestCase("delete from referral_history")]
    public async Task Should_let_the_hosts_role_only_add_and_read(string statement)
    {
        await using var connection = new Npgsql.NpgsqlConnection(hotline.Installation.Parties["intake"].Databases.Application + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(statement, connection);

        Assert.That(command.ExecuteNonQueryAsync, Throws.InstanceOf<Npgsql.PostgresException>().With.Property("SqlState").EqualTo("42501"));
    }

    bool walkedHub;
    bool walkedAgency;

    async Task WalkTheHubAsync()
    {
        if (walkedHub)
            return;
        walkedHub = true;
        var (operators, supervisor, administrator, officer) = (await hotline.AsOperator(), await hotline.AsSupervisor(), await hotline.AsAdministrator(), await hotline.AsFocalPoint("police"));
        var (call, caseId) = await operators.OpenCaseAsync();
        var code = (await operators.GetAsync($"cases/{caseId}")).Good()["code"];
        (await operators.GetAsync($"calls/{call}")).Good();
        var given = (await operators.PostAsync($"calls/{call}/call-back-code")).Good()["code"];
        (await operators.PostAsync("call-back-codes/check", new JsonObject { ["code"] = given })).Good();
        (await operators.PostAsync("calls/search", new JsonObject { ["callerNumber"] = "0912000123" })).Good();
        (await operators.PostAsync("cases/search", new JsonObject { ["name"] = "Trần Thị Ví Dụ" })).Good();
        (await operators.PostAsync("recommendations", new JsonObject { ["callId"] = call.ToString() })).Good();
        (await operators.PostAsync($"calls/{call}/complete", new JsonObject { ["disposition"] = CodeList.Of("disposition").Items[0].Value })).Good();
        var further = (await operators.PostAsync("calls", Samples.Call())).Good();
        (await operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = further["id"] })).Good();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await officer.SeesStateAsync(referral, "delivered");
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject { ["urgency"] = "P0" })).Good();
        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "Gọi lại sau 20 giờ." })).Good();
        (await operators.PostAsync($"referrals/{referral}/answered-by-phone", new JsonObject
        {
            ["person"] = "Trực ban",
            ["unit"] = "central",
            ["number"] = "0692345678",
            ["at"] = (await hotline.Installation.NowAsync()).ToString("O"),
        })).Good();
        (await operators.GetAsync($"referrals/{referral}/history")).Good();
        (await operators.PostAsync($"referrals/{referral}/revoke", new JsonObject { ["reason"] = "Nhầm." })).Good();
        (await supervisor.GetAsync("audit/records?kind=call.logged&limit=5")).Good();
        (await supervisor.GetAsync($"audit/cases/{code}/bundle")).Good();
        (await supervisor.PostAsync("audit/verify")).Good();
        var made = (await administrator.PostAsync("accounts", new JsonObject { ["userName"] = "walker", ["alias"] = "walker", ["roles"] = new JsonArray("operator") })).Good();
        var designation = (await administrator.PostAsync("designations", new JsonObject { ["userName"] = "walker", ["documentNumber"] = "QD-1" })).Good();
        (await administrator.PostAsync($"designations/{designation["id"]}/revoke")).Good();
        (await administrator.PostAsync($"accounts/{made["accountId"]}/disable")).Good();
    }

    async Task WalkTheAgencyAsync()
    {
        if (walkedAgency)
            return;
        walkedAgency = true;
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
        var referral = await operators.ReferNewAsync("police");
        await officer.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        (await officer.PostAsync($"referrals/{referral}/hand-back", new JsonObject { ["reason"] = "Hết ca." })).Good();
        (await officer.PostAsync($"referrals/{referral}/assign", new JsonObject { ["unit"] = "central" })).Good();
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        (await officer.GetAsync($"referrals/{referral}/history")).Good();
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        (await officer.PostAsync($"referrals/{referral}/accept")).Good();
        (await officer.PostAsync($"referrals/{referral}/progress", new JsonObject { ["text"] = "Đã cử tổ công tác." })).Good();
        (await officer.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "Cần thêm địa chỉ." })).Good();
        (await officer.PostAsync($"referrals/{referral}/close", new JsonObject { ["outcome"] = "rescued", ["text"] = "Đã giải cứu." })).Good();
        var declined = await operators.ReferNewAsync("police");
        await officer.SeesStateAsync(declined, "delivered");
        (await officer.PostAsync($"referrals/{declined}/decline", new JsonObject { ["reasonCode"] = CodeList.Of("decline-reason").Items[0].Value, ["text"] = "Ngoài thẩm quyền." })).Good();
    }



    async Task<string[]> ReceivedAsync(string party) => await hotline.ScalarAsync<string[]>(party, "select array_agg(distinct kind) from inbox") ?? [];

    static bool IsOf(string route, string pattern) => pattern.StartsWith("* ", StringComparison.Ordinal)
        ? route[(route.IndexOf(' ', StringComparison.Ordinal) + 1)..].StartsWith(pattern[2..], StringComparison.Ordinal) : route == pattern;
}
