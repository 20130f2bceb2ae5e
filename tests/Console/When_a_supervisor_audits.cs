using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Console.Tests.Browsing;
using Hotline.Provisioning.Hosts;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Hotline.Transparency;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The supervisor's board and audit screens: facts, times, people and codes, never what a case says; and reading them is on record.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed partial class When_a_supervisor_audits
{
    RunningHotline hotline = null!;
    Reader reader = null!;
    string code = null!, shredded = null!;
    Guid referral;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        reader = await Reader.SignInAsync(hotline, "intake", "supervisor");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await reader.DisposeAsync();
        await hotline.DisposeAsync();
    }

    [Test, Order(1)]
    public async Task Should_show_a_board_and_a_log_with_nothing_on_them()
    {
        await reader.IsReadableAsync("/board", "board-0");
        await reader.IsReadableAsync("/audit/shreddings", "shreddings-0");
    }

    [Test, Order(2)]
    public async Task Should_show_a_board_with_one_referral_and_its_times_also_as_a_table()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
        var (_, caseId) = await operators.OpenCaseAsync();
        referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        code = (await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", caseId))!;
        await officer.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        await operators.SeesStateAsync(referral, "acknowledged");

        await reader.IsReadableAsync("/board?urgency=P1", "board-1");

        await reader.GoAsync("/board?urgency=P1");
        Assert.That(await reader.Page.Locator(".chart circle.p50").CountAsync(), Is.EqualTo(1));
        Assert.That(await reader.Page.Locator("details table").InnerTextAsync(), Does.Contain("(1)"), "the table says the same");
        Assert.That(await TriedAsync(), Does.Match(@"\s1\s+1\s"), "one drill, answered");
        await reader.GoAsync("/board?urgency=P3");
        Assert.That(await reader.Page.Locator(".chart").CountAsync(), Is.Zero, "the filter leaves nothing of another urgency");
    }

    [Test, Order(3)]
    public async Task Should_show_witness_alarms_and_500_referrals_on_the_board()
    {
        await hotline.ExecuteAsync("intake",
            """
            insert into referrals (id, reference, peer, class, urgency, desk, key_id, state, created_by, created_at, sent_at, delivered_at, watch_due_at)
            select gen_random_uuid(), 'MBN-R-TEST-' || g, peer, class, (array['P0','P1','P2','P3'])[1 + g % 4], desk, key_id, 'delivered', created_by,
              created_at - make_interval(mins => g), created_at - make_interval(mins => g), created_at - make_interval(mins => g), null
            from referrals, generate_series(1, 500) g where id = $1
            """, referral);
        await hotline.ExecuteAsync("intake",
            "insert into alarms (id, code, party, raised_at, last_at) select gen_random_uuid(), c, 'police', hotline_now(), hotline_now() from unnest($1) c",
            (object)new[] { WitnessRules.Fork, "witness.lost-state" });
        await hotline.ExecuteAsync("intake", "update probes set lost_since = hotline_now(), referral_id = null, next_at = hotline_now() + interval '1 day' where agency = 'police'");

        await Eventually.IsTrueAsync("the watch has seen it", () => hotline.ScalarAsync<bool>("intake", "select exists (select from watch_items where code = 'probe-lost' and cleared_at is null)"));

        await reader.IsReadableAsync("/board", "board-500");

        await reader.GoAsync("/board");
        var shown = await reader.Page.InnerTextAsync("main");
        Assert.That(shown, Does.Contain("Hai bản ký mâu thuẫn nhau").And.Contain("Bên làm chứng mất trí nhớ"));
        var overdue = await reader.Page.Locator(".figures dd b").First.InnerTextAsync();
        Assert.That(int.Parse(overdue, CultureInfo.InvariantCulture), Is.GreaterThan(200), "all that is overdue, not what the table has room for");
        Assert.That(await reader.Page.Locator("section.hot tbody tr").AllInnerTextsAsync(), Has.Count.EqualTo(50).And.All.Contain("P0"), "what is overdue and most urgent is not pushed out by what is older");
        Assert.That(await TriedAsync(), Does.Contain("không quay lại từ").And.Match(@"\s501\s+1\s"));
        await reader.Page.Locator(".alarm", new PageLocatorOptions { HasText = "Tin thử không quay lại" }).Locator("form button").ClickAsync();
        await Expect(reader.Page.Locator(".alarms summary")).ToContainTextAsync("đã có người nhận");
        Assert.That(await hotline.ScalarAsync<bool>("intake", "select exists (select from watch_items w join accounts a on a.id = w.taken_by where code = 'probe-lost' and 'supervisor' = any(a.roles))"), Is.True);
        await hotline.ExecuteAsync("intake", "delete from referrals where reference like 'MBN-R-TEST-%'");
    }

    /// <summary>What the board says of probes and drills to the police.</summary>
    Task<string> TriedAsync() => reader.Page.Locator(".tried tbody tr", new PageLocatorOptions { HasText = "Công an" }).InnerTextAsync();

    [Test, Order(4)]
    public async Task Should_show_both_sides_of_a_hand_off_and_who_opened_what()
    {
        await Eventually.IsTrueAsync("the agency's opening has its place in the log", async () => await hotline.ScalarAsync<bool>(
            "intake", "select exists (select from audit.leaves where kind = 'content.opened') and (select count(*) from audit.records r where not exists (select from audit.leaves l where l.record_id = r.id)) = 0"));

        await reader.IsReadableAsync($"/audit/cases/{code}", "case-records");

        await reader.GoAsync($"/audit/cases/{code}");
        var (agency, hub) = (await reader.Page.Locator(".lanes .agency").AllInnerTextsAsync(), await reader.Page.Locator(".lanes .hub").AllInnerTextsAsync());
        Assert.That(agency, Has.Some.Contains("Mở hồ sơ").And.Some.Contains("Đã tiếp nhận"));
        Assert.That(hub, Has.Some.Contains("Niêm phong và chuyển tuyến").And.Some.Contains("Ghi cuộc gọi"));
        Assert.That(await reader.Page.Locator("section").Nth(1).InnerTextAsync(), Does.Contain("police/"));
        await IsWithoutContentAsync();
    }

    [Test, Order(5)]
    public async Task Should_check_the_bundle_on_the_page_and_export_it()
    {
        await reader.GoAsync($"/audit/cases/{code}");
        await Eventually.IsTrueAsync("the log is cosigned", async () => await hotline.ScalarAsync<bool>(
            "intake", "select (select max(size) from audit.cosignatures) > (select max(index) from audit.leaves where kind = 'content.opened')"));

        await reader.Page.ClickAsync("form[action$='/check'] button");
        await reader.Page.WaitForSelectorAsync(".verdict");
        await reader.ShootAsync("case-checked-vi-1440");
        var verdict = await reader.Page.InnerTextAsync(".verdict");
        Assert.That(await reader.AxeAsync(), Is.Empty);
        var download = await reader.Page.RunAndWaitForDownloadAsync(() => reader.Page.ClickAsync("a[download]"));

        Assert.That(await reader.Page.GetAttributeAsync("body", "data-place"), Is.EqualTo($"/audit/cases/{code}"));
        Assert.That(verdict, Does.Contain("Nguyên vẹn").And.Contain("police"));
        var (file, now) = (await File.ReadAllBytesAsync((await download.PathAsync())!), await hotline.Installation.NowAsync());
        var checkedFile = BundleVerification.Check(file, null, now);
        Assert.That(checkedFile.Findings, Is.Empty);
        Assert.That(checkedFile.Records, Is.GreaterThan(3));
    }

    [Test, Order(6)]
    public async Task Should_filter_records_by_case_person_kind_day_and_text()
    {
        await reader.IsReadableAsync("/audit", "audit");
        var now = await hotline.Installation.NowAsync();
        string Day(int ahead) => now.AddDays(ahead).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

        Assert.That(await RowsAsync(("case", code), ("kind", "content.opened")), Has.Count.EqualTo(1).And.All.Contains("Mở hồ sơ"));
        Assert.That(await RowsAsync(("person", "operator"), ("kind", "call.logged")), Is.Not.Empty.And.All.Contains("Ghi cuộc gọi"));
        Assert.That(await RowsAsync(("person", "nobody")), Is.Empty);
        Assert.That(await RowsAsync(("text", "case.created")), Is.Not.Empty.And.All.Contains("Mở vụ việc"));
        Assert.That(await RowsAsync(("from", Day(2)), ("to", Day(3))), Is.Empty);
        Assert.That(await RowsAsync(("case", "MBN-1999-000001")), Is.Empty);
        Assert.That(await reader.Page.InnerTextAsync("main"), Does.Contain("Không có vụ việc ấy"));
        Assert.That(reader.Page.Url, Does.Not.Contain("MBN-1999"), "what is typed stands in no address");
        await IsWithoutContentAsync();
    }

    [Test, Order(7)]
    public async Task Should_verify_the_whole_log_from_the_page()
    {
        await reader.GoAsync("/audit");

        await reader.Page.ClickAsync("form[action='/audit/verify'] button");
        await reader.Page.WaitForSelectorAsync(".verdict");
        await reader.ShootAsync("audit-verified-vi-1440");

        Assert.That(await reader.Page.InnerTextAsync(".verdict"), Does.Contain("Nguyên vẹn"));
        Assert.That(await reader.AxeAsync(), Is.Empty);

        // An address that only takes the form is no place to come back to.
        Assert.That(await reader.Page.GetAttributeAsync("body", "data-place"), Is.EqualTo("/audit"));
        await reader.Page.ClickAsync(".who a[lang=en]");
        await reader.Page.ArrivesAsync("**/audit");
        Assert.That(await reader.Page.InnerTextAsync("h1"), Is.EqualTo("Audit log"));
        await reader.Page.ClickAsync(".who a[lang=vi]");
        await reader.Page.ArrivesAsync("**/audit");
    }

    [Test, Order(8)]
    public async Task Should_let_two_persons_shred_and_certify()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
        var deputy = await hotline.HireAsync("intake", "supervisor");
        var (_, caseId) = await operators.OpenCaseAsync();
        shredded = (await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", caseId))!;
        var declined = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await officer.SeesStateAsync(declined, "delivered");
        (await officer.PostAsync($"referrals/{declined}/decline", new JsonObject { ["reasonCode"] = "other", ["text"] = "Ngoài thẩm quyền." })).Good();
        await operators.SeesStateAsync(declined, "declined");
        (await deputy.PostAsync("shreddings", new JsonObject { ["subject"] = caseId, ["reasonCode"] = "court-order" })).Good();
        var (_, another) = await operators.OpenCaseAsync();
        (await (await hotline.AsSupervisor()).PostAsync("shreddings", new JsonObject { ["subject"] = another, ["reasonCode"] = "person-asked" })).Good();
        await reader.IsReadableAsync("/audit/shreddings", "shreddings");

        await reader.GoAsync("/audit/shreddings");
        Assert.That(await reader.Page.InnerTextAsync("main"), Does.Contain("người khác quyết định"), "nobody approves their own");
        await reader.Page.ClickAsync("button[data-open^='shred-']");
        await reader.ShootAsync("shreddings-dialog-vi-1440");
        Assert.That(await reader.AxeAsync(), Is.Empty);
        await PressAsync("dialog[open] button.pri", "/approve");
        var link = $"a[href='/audit/cases/{shredded}/certificate']";
        await reader.Page.WaitForSelectorAsync(link);
        await Eventually.IsTrueAsync("the destruction is cosigned", async () => await hotline.ScalarAsync<bool>(
            "intake", "select (select max(size) from audit.cosignatures) > (select max(index) from audit.leaves where kind = 'case.shredded')"));
        var download = await reader.Page.RunAndWaitForDownloadAsync(() => reader.Page.ClickAsync(link));

        var (file, now) = (await File.ReadAllBytesAsync((await download.PathAsync())!), await hotline.Installation.NowAsync());
        var verdict = CertificateVerification.Check(file, null, now);
        Assert.That(verdict.Evidence.Findings, Is.Empty);
        Assert.That(verdict.Proof, Is.EqualTo(Proof.Sound));
        await reader.IsReadableAsync($"/audit/cases/{shredded}", "case-shredded");
        await IsWithoutContentAsync();
    }

    [Test, Order(9)]
    public async Task Should_record_every_reading_of_the_screens()
    {
        var before = await CountAsync();

        await reader.GoAsync("/audit");
        await reader.GoAsync($"/audit/cases/{code}");
        await reader.GoAsync("/audit/shreddings");
        await reader.GoAsync("/break-glass");

        Assert.That(await CountAsync(), Is.EqualTo(before + 4));
        Assert.That(await hotline.ScalarAsync<long>("intake",
            "select count(*) from audit.records r join cases c on r.leaf::jsonb ->> 'case' = c.id::text where r.leaf::jsonb ->> 'kind' = 'records.searched' and c.code = $1", code), Is.Positive);
    }

    [Test, Order(10)]
    public async Task Should_have_words_for_every_kind_that_was_recorded()
    {
        var kinds = await hotline.ScalarAsync<string[]>("intake", "select array_agg(distinct kind) from audit.leaves");
        await reader.GoAsync("/audit");

        var unnamed = (await reader.Page.Locator("#kind option").AllInnerTextsAsync()).Where(o => kinds!.Contains(o));

        Assert.That(unnamed, Is.Empty);
    }

    /// <summary>Kinds that nothing recorded in a test yet would otherwise stand as codes on the page one day.</summary>
    [Test]
    public void Should_have_words_for_every_kind_that_the_services_can_record()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Clone.Folder, "services"), "*.*", SearchOption.AllDirectories).Where(f => !BuiltFolder().IsMatch(f)).ToList();
        var words = files.Where(f => f.EndsWith(".words.json", StringComparison.Ordinal))
            .SelectMany(f => JsonNode.Parse(File.ReadAllText(f))!.AsObject().Select(word => word.Key)).ToHashSet();
        // Where a kind comes as a parameter, every code of the file may be one.
        var named = files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)).Select(File.ReadAllText).SelectMany(code => TakesAKind().IsMatch(code)
            ? Code().Matches(code)
            : code.Split('\n').Where(line => NamesAKind().IsMatch(line)).SelectMany(line => Code().Matches(line))).Select(m => m.Groups[1].Value);
        string[] composed = ["swap.agreed", "swap.refused", "swap.withdrawn", "page.accepted-by-provider", "page.delivered", "page.answered", "page.failed", "page.not-sent"];

        var kinds = named.Concat(composed).Distinct().ToList();

        Assert.That(kinds, Does.Contain("case.opened").And.Contain("desk.taken").And.Contain("account.enabled").And.Contain("probe.counted").And.Contain("probe.back"));
        Assert.That(kinds.Where(k => !words.Contains($"kind.{k}") && !words.Contains($"event.{k}")), Is.Empty);
    }

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]")]
    private static partial Regex BuiltFolder();

    [GeneratedRegex(@"new AuditRecord \{ Kind = kind,")]
    private static partial Regex TakesAKind();

    [GeneratedRegex(@"\bKind = |new AccountChange\(|\bRecord(Async)?\(|AuditRecord\.About\(|'kind', '|=> ""page\.")]
    private static partial Regex NamesAKind();

    [GeneratedRegex(@"[""']([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)[""']")]
    private static partial Regex Code();

    [TestCase("operator", "/audit")]
    [TestCase("operator", "/audit/shreddings")]
    [TestCase("operator", "/board")]
    [TestCase("administrator", "/audit")]
    public async Task Should_be_for_supervisors_only(string role, string path)
    {
        await using var other = await Reader.SignInAsync(hotline, "intake", role);

        await other.GoAsync(path);

        Assert.That(await other.Page.InnerTextAsync("body"), Does.Contain("access.denied"));
    }

    /// <summary>Presses a button whose form a script sends, and reads the answer.</summary>
    async Task PressAsync(string button, string path)
    {
        await reader.Page.WaitForSelectorAsync(button);
        await reader.Page.IsCompleteAsync();
        var answer = await reader.Page.RunAndWaitForResponseAsync(() => reader.Page.ClickAsync(button), r => r.Url.EndsWith(path, StringComparison.Ordinal));
        Assert.That(answer.Status, Is.EqualTo(200), answer.Url);
    }

    async Task<long> CountAsync() => await hotline.ScalarAsync<long>("intake", "select count(*) from audit.records where leaf::jsonb ->> 'kind' in ('records.searched', 'shreddings.read', 'glasses.read')");

    async Task<IReadOnlyList<string>> RowsAsync(params (string Name, string Value)[] filter)
    {
        await reader.GoAsync("/audit");
        foreach (var (name, value) in filter)
            if (name == "kind")
                await reader.Page.SelectOptionAsync("#kind", value);
            else
                await reader.Page.FillAsync($"#{name}", value);
        await reader.Page.LeavesAsync(() => reader.Page.ClickAsync(".filters button"));
        return await reader.Page.Locator("table tbody tr").AllInnerTextsAsync();
    }

    /// <summary>Nothing that the sample call says.</summary>
    async Task IsWithoutContentAsync()
    {
        var page = await reader.Page.ContentAsync();
        foreach (var word in new[] { "Ví Dụ", "Văn Giả", "karaoke", Samples.PhoneNumber, "Ngoài thẩm quyền" })
            Assert.That(page, Does.Not.Match(word));
        Assert.That(Regex.IsMatch(page, "\"callerNumber\"|\"persons\""), Is.False);
    }
}
