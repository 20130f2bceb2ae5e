using System.Net;
using System.Text.Json.Nodes;
using Hotline.Sealing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Hotline.Transparency;
using NUnit.Framework;

namespace Hotline.Deploy.Tests.Evidence;

/// <summary><c>hotline verify</c> as a process of its own, and the verifier that needs no hotline: 0 sound, 1 tampered, 2 cannot decide, in words.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class When_evidence_is_checked
{
    const string Sound = "NGUYÊN VẸN", Tampered = "ĐÃ BỊ CAN THIỆP", CannotDecide = "CHƯA THỂ KẾT LUẬN";

    RunningHotline hotline = null!;
    string bundle = null!, shredded = null!, certificate = null!;

    string Folder => hotline.Installation.Plan.StateFolder;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { Prefix = "" }, "police");
        hotline.Installation.Plan.Servers.Write(Folder);
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var (supervisor, deputy) = (await hotline.AsSupervisor(), await hotline.HireAsync("intake", "supervisor"));
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        var (_, doomed) = await operators.OpenCaseAsync();
        var closed = (await operators.ReferAsync(doomed, "police")).Good().Id;
        await officer.SeesStateAsync(closed, "delivered");
        (await officer.PostAsync($"referrals/{closed}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = "Ngoài thẩm quyền." })).Good();
        await operators.SeesStateAsync(closed, "declined");
        var shredding = (await supervisor.PostAsync("shreddings", new JsonObject { ["subject"] = doomed, ["reasonCode"] = "court-order" })).Good().Id;
        (await deputy.PostAsync($"shreddings/{shredding}/approve")).Good();

        var (code, gone) = (await CodeAsync(caseId), await CodeAsync(doomed));
        Assert.That((await supervisor.GetAsync($"audit/cases/{code}/certificate")).Code, Is.EqualTo("certificate.not-shredded"));
        certificate = await SaveAsync("certificate.json", await Eventually.GetAsync(
            "the destruction is certified", () => supervisor.GetAsync($"audit/cases/{gone}/certificate"), a => a.Status == HttpStatusCode.OK));
        bundle = await SaveAsync("bundle.json", await Eventually.GetAsync(
            "the case is in a cosigned checkpoint", () => supervisor.GetAsync($"audit/cases/{code}/bundle"), a => a.Good().Json["entries"]!.AsArray().Count > 3));
        // Its destruction is cosigned: the certificate says so.
        shredded = await SaveAsync("shredded.json", (await supervisor.GetAsync($"audit/cases/{gone}/bundle")).Good());
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_confirm_what_nobody_touched()
    {
        foreach (var (kind, file) in new[] { ("bundle", bundle), ("bundle", shredded), ("certificate", certificate) })
        {
            Says(0, Sound, await HotlineCommand.RunAloneAsync("verify", kind, file));
            Says(0, Sound, await VerifierAsync(kind, file));
        }
    }

    [Test]
    public async Task Should_say_in_both_languages_what_a_certificate_proves()
    {
        var (_, said) = await VerifierAsync("certificate", certificate);

        Assert.That(said, Does.Contain("nội dung vụ việc đã bị hủy khóa").And.Contain("the keys of the case's content are destroyed").And.Contain("MBN-"));
    }

    static IEnumerable<TestCaseData> Forgeries()
    {
        yield return Forgery("bundle", "a_leaf", root => Replace(root["entries"]![1]!, "leaf", "\"kind\":\"", "\"kind\":\"x"), 1);
        yield return Forgery("bundle", "a_record", root => Replace(root["entries"]![1]!, "record", "operator", "nobody"), 1);
        yield return Forgery("bundle", "the_case", root => root["case"] = "MBN-2020-000001", 1);
        yield return Forgery("bundle", "the_beginning", root => root["entries"]!.AsArray().RemoveAt(Entries(root).FindIndex(e => e["leaf"]!.GetValue<string>().Contains("case.created", StringComparison.Ordinal))), 2);
        yield return Forgery("bundle", "the_witnesses", root => Entries(root).ForEach(WithoutWitnesses), 2);
        yield return Forgery("bundle", "a_salt", root => root["entries"]![1]!.AsObject().Remove("salt"), 2);
        yield return Forgery("bundle", "a_record_with_its_salt", root =>
        {
            Replace(root["entries"]![1]!, "record", "operator", "nobody");
            root["entries"]![1]!.AsObject().Remove("salt");
        }, 2);
        yield return Forgery("shredded", "a_record", root => root["entries"]!.AsArray().First(e => e!["salt"] is null)!["record"] = "invented", 2);
        yield return Forgery("shredded", "the_case", root => root["case"] = "MBN-2020-000001", 1);
        yield return Forgery("shredded", "the_destruction", root => root["entries"]!.AsArray().RemoveAt(Entries(root).FindIndex(e => e["leaf"]!.GetValue<string>().Contains("case.shredded", StringComparison.Ordinal))), 2);
        yield return Forgery("certificate", "the_leaf", root => Replace(root["destruction"]!, "leaf", "case.shredded", "case.opened"), 1);
        yield return Forgery("certificate", "the_record", root => Replace(root["destruction"]!, "record", "hired", "nobody"), 1);
        yield return Forgery("certificate", "the_case", root => root["case"] = "MBN-2020-000001", 1);
        yield return Forgery("certificate", "the_case_everywhere", root =>
        {
            Replace(root["destruction"]!, "record", root["case"]!.GetValue<string>(), "MBN-2020-000001");
            root["case"] = "MBN-2020-000001";
        }, 1);
        yield return Forgery("certificate", "the_salt", root => root["destruction"]!.AsObject().Remove("salt"), 2);
        yield return Forgery("certificate", "the_witnesses", root => WithoutWitnesses(root["destruction"]!), 2);
        yield return Forgery("certificate", "the_directory", root => Replace(root, "directory", ".", ".A"), 1);
    }

    static TestCaseData Forgery(string kind, string what, Action<JsonNode> change, int exitCode) =>
        new TestCaseData(kind, change, exitCode).SetName($"Should_answer_{exitCode}_when_{what}_of_a_{kind}_is_changed");

    [TestCaseSource(nameof(Forgeries))]
    public async Task Should_answer(string kind, Action<JsonNode> change, int exitCode)
    {
        var root = JsonNode.Parse(await File.ReadAllTextAsync(kind switch { "bundle" => bundle, "shredded" => shredded, _ => certificate }))!;
        change(root);
        kind = kind == "shredded" ? "bundle" : kind;
        var file = Path.Combine(Folder, $"{TestContext.CurrentContext.Test.ID}.json");
        await File.WriteAllTextAsync(file, root.ToJsonString());

        Says(exitCode, Words(exitCode), await HotlineCommand.RunAloneAsync("verify", kind, file));
        Says(exitCode, Words(exitCode), await VerifierAsync(kind, file));
    }

    [TestCase("bundle")]
    [TestCase("certificate")]
    public async Task Should_compare_the_root_key_and_not_read_anything_else(string kind)
    {
        var (file, pin) = (kind == "bundle" ? bundle : certificate, DirectoryPin.Load(Path.Combine(Folder, "keys", DirectoryAuthor.PinFile)).Kid);
        var empty = Path.Combine(Folder, "empty.json");
        await File.WriteAllTextAsync(empty, "{}");

        Says(0, Sound, await VerifierAsync(kind, file, "--pin", pin));
        Says(1, Tampered, await VerifierAsync(kind, file, "--pin", "another"));
        Says(1, Tampered, await VerifierAsync(kind, empty));
        Says(2, "", await VerifierAsync(kind, Path.Combine(Folder, "nowhere.json")));
        Says(2, CannotDecide, await HotlineCommand.RunAloneAsync("verify", kind, Path.Combine(Folder, "nowhere.json")));
    }

    [Test]
    public async Task Should_tell_heads_that_agree_from_a_fork()
    {
        var (older, newer) = (await NoteAsync("order by id offset 1 limit 1"), await NoteAsync("order by id desc limit 1"));
        var key = LogKey.Load(Path.Combine(hotline.Installation.Parties["intake"].Settings.KeyFolder, LogKey.LogFile));
        var head = Checkpoint.TryRead(await File.ReadAllTextAsync(newer))!.Value.Checkpoint;
        var fork = Path.Combine(Folder, "fork.txt");
        await File.WriteAllTextAsync(fork, NoteKey.Sign((head with { Root = Digest.Of("another") }).Text, "intake", key).ToString());
        var evidence = Path.Combine(Folder, "evidence.txt");

        Says(0, Sound, await HotlineCommand.RunAsync(Folder, "verify", "consistency", older, newer));
        Says(1, Tampered, await HotlineCommand.RunAsync(Folder, "verify", "consistency", newer, fork, "--evidence", evidence));
        Says(1, Tampered, await HotlineCommand.RunAsync(Folder, "verify", "consistency", newer, fork, "--evidence", Path.Combine(Folder, "nowhere", "evidence.txt")));
        Says(2, CannotDecide, await HotlineCommand.RunAsync(Folder, "verify", "consistency", newer, bundle));
        var recorded = await hotline.ScalarAsync<string[]>("intake", "select array_agg(distinct leaf::jsonb ->> 'code') from audit.records where leaf::jsonb ->> 'kind' = 'heads.compared'");
        Assert.That(recorded, Is.EquivalentTo(["sound", "tampered"]));
        Assert.That(await File.ReadAllTextAsync(evidence), Does.Contain(await File.ReadAllTextAsync(fork)).And.Contain(await File.ReadAllTextAsync(newer)));
    }

    [Test]
    public async Task Should_read_a_whole_log()
    {
        Says(0, Sound, await HotlineCommand.RunAsync(Folder, "verify", "log", "intake"));

        // Of the open case: what a shredded one's leaves commit to can no longer be compared.
        await hotline.ExecuteAsync("intake", "update referral_history set actor = 'x' || actor where event = 'referral.queued'");
        var open = await HotlineCommand.RunAsync(Folder, "verify", "log", "intake");
        await hotline.ExecuteAsync("intake", "update referral_history set actor = substr(actor, 2) where event = 'referral.queued'");
        Says(1, Tampered, open);
        Says(0, Sound, await HotlineCommand.RunAsync(Folder, "verify", "log", "intake"));
        Says(2, CannotDecide, await WithoutWitnessAsync(() => HotlineCommand.RunAsync(Folder, "verify", "log", "intake")));
    }

    /// <summary>Who changed the log has it take no record of a verification.</summary>
    [Test]
    public async Task Should_tell_what_was_found_where_it_cannot_be_recorded()
    {
        var supervisor = await hotline.AsSupervisor();
        await hotline.ExecuteAsync("intake", "alter table audit.records add constraint silent check (leaf not like '%log.verified%') not valid");
        await hotline.ExecuteAsync("intake", "update referral_history set actor = 'x' || actor where event = 'referral.queued'");
        var (typed, clicked) = (await HotlineCommand.RunAsync(Folder, "verify", "log", "intake"), await supervisor.PostAsync("audit/verify"));
        await hotline.ExecuteAsync("intake", "update referral_history set actor = substr(actor, 2) where event = 'referral.queued'");
        var sound = await HotlineCommand.RunAsync(Folder, "verify", "log", "intake");
        await hotline.ExecuteAsync("intake", "alter table audit.records drop constraint silent");

        Says(1, Tampered, typed);
        Assert.That(clicked.Good().Json["outcome"]!.GetValue<string>(), Is.EqualTo("tampered"));
        Says(2, "verification.unrecorded", sound);
    }

    [Test]
    public async Task Should_record_an_export_as_one_of_the_case()
    {
        var code = JsonNode.Parse(await File.ReadAllTextAsync(bundle))!["case"]!.GetValue<string>();

        var (exitCode, said) = await HotlineCommand.RunAsync(Folder, "bundle", code, "--output", Path.Combine(Folder, "typed.json"));

        Assert.That(exitCode, Is.Zero, said);
        Assert.That(await hotline.ScalarAsync<bool>("intake",
            "select exists (select from audit.records r join cases c on c.id::text = r.leaf::jsonb ->> 'case' where c.code = $1 and r.leaf::jsonb ->> 'actor' like 'command-line/%')", code));
    }

    async Task<(int ExitCode, string Output)> WithoutWitnessAsync(Func<Task<(int, string)>> run)
    {
        await hotline.ExecuteAsync("police", "alter table audit.witness_heads rename to witness_heads_away");
        var answer = await run();
        await hotline.ExecuteAsync("police", "alter table audit.witness_heads_away rename to witness_heads");
        return answer;
    }

    static void Says(int exitCode, string words, (int ExitCode, string Output) answer) =>
        Assert.That((answer.ExitCode, answer.Output.Contains(words, StringComparison.Ordinal)), Is.EqualTo((exitCode, true)), answer.Output);

    static string Words(int exitCode) => exitCode switch { 0 => Sound, 1 => Tampered, _ => CannotDecide };

    static List<JsonNode> Entries(JsonNode root) => [.. root["entries"]!.AsArray().Select(e => e!)];

    static void Replace(JsonNode node, string member, string old, string with) => node[member] = node[member]!.GetValue<string>().Replace(old, with, StringComparison.Ordinal);

    /// <summary>Only the log's own signature is left below the checkpoint.</summary>
    static void WithoutWitnesses(JsonNode entry) =>
        entry["proof"] = string.Join('\n', entry["proof"]!.GetValue<string>().Split('\n').Where(line => !line.StartsWith("— police ", StringComparison.Ordinal)));

    async Task<string> CodeAsync(Guid caseId) => (await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", caseId))!;

    async Task<string> NoteAsync(string which) => await SaveAsync($"head-{which.Length}.txt", (await hotline.ScalarAsync<string>("intake", $"select note from audit.checkpoints {which}"))!);

    Task<string> SaveAsync(string name, Answer answer) => SaveAsync(name, answer.Text);

    async Task<string> SaveAsync(string name, string text)
    {
        var file = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(file, text);
        return file;
    }

    static Task<(int ExitCode, string Output)> VerifierAsync(params string[] words) => HotlineCommand.RunProgramAsync("Verify", "hotline-verify", words);
}
