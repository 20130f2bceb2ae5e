using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>Accounts, designations, sessions, agencies and keys on the administrator's screens: at once, on record, and taken back where that makes sense.</summary>
public sealed class When_an_administrator_keeps_accounts
{
    static int made;

    RunningHotline hotline = null!;
    readonly Dictionary<string, Reader> signedIn = [];

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        foreach (var party in (string[])["intake", "police"])
            signedIn[party] = await Reader.SignInAsync(hotline, party, "administrator");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        foreach (var reader in signedIn.Values)
            await reader.DisposeAsync();
        await hotline.DisposeAsync();
    }

    /// <summary>A screen of its own in the party's one session: sign-ins are counted.</summary>
    Task<Reader> SignInAsync(string party) => signedIn[party].BesideAsync(1440, 1000, "vi", ColorScheme.Light);

    /// <summary>Makes an account on the screen.</summary>
    /// <returns>What was said once.</returns>
    static async Task<(string UserName, string Password)> MakeAsync(Reader reader, string role)
    {
        var name = $"moi-{Interlocked.Increment(ref made)}";
        await reader.GoAsync("/administration/accounts/new");
        await reader.Page.FillAsync("#user-name", name);
        await reader.Page.FillAsync("#alias", $"Cán bộ {name}");
        await reader.Page.CheckAsync($"[name=roles][value={role}]");
        await reader.Page.ClickAsync("form[action='/administration/accounts'] button");
        var password = await reader.Page.Locator("#password").InnerTextAsync();
        await reader.Page.ClickAsync("a.btn.pri");
        await Expect(reader.Page.Locator("h1")).ToHaveTextAsync(name);
        return (name, password);
    }

    async Task<string[]> RecordedAsync(string party, string alias) => await hotline.ScalarAsync<string[]>(
        party, "select array_agg(leaf::jsonb ->> 'kind' order by id) from audit.records where leaf::jsonb ->> 'code' = $1", alias) ?? [];

    [Test]
    public async Task Should_make_an_account_whose_owner_enrols_the_second_factor()
    {
        await using var administrator = await SignInAsync("police");
        var (name, password) = await MakeAsync(administrator, "dutyOfficer");

        await using var owner = await Reader.OpenAsync(hotline.Hosts["police"].Url);
        await owner.GoAsync("/sign-in");
        await owner.EnterAsync(name, password, "");
        await owner.Page.ArrivesAsync("**/second-factor");
        var secret = (await owner.Page.Locator(".secret").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
        await owner.Page.FillAsync("#code", Actor.Totp(secret));
        await owner.Page.ClickAsync("form[action='/second-factor'] button");
        await owner.GoAsync("/inbox");

        await Expect(owner.Page.Locator("h1")).ToContainTextAsync("chuyển tuyến", new() { IgnoreCase = true });
        Assert.That(await RecordedAsync("police", $"Cán bộ {name}"), Does.Contain("account.created"));
    }

    [Test]
    public async Task Should_end_what_an_account_had_when_it_is_disabled_and_take_that_back()
    {
        await using var administrator = await SignInAsync("police");
        var officer = await hotline.HireAsync("police", "dutyOfficer");
        var name = await hotline.ScalarAsync<string>("police", "select user_name from accounts order by created_at desc limit 1");
        await administrator.GoAsync("/administration/accounts");
        await administrator.Page.ClickAsync($"td a:text-is('{name}')");

        await administrator.Page.ClickAsync("[data-open=disable]");
        await administrator.Page.ClickAsync("#disable .btn.pri");
        await Expect(administrator.Page.Locator(".head")).ToContainTextAsync("đã khóa");
        var closed = await officer.GetAsync("referrals");
        await administrator.Page.Locator("form[action$='/undo'] button").First.ClickAsync();
        await Expect(administrator.Page.Locator(".head")).ToContainTextAsync("đang dùng");

        Assert.That(closed.Code, Is.EqualTo("auth.missing"));
        Assert.That((await officer.GetAsync("referrals")).Code, Is.EqualTo("auth.missing"), "the old session stays over");
        Assert.That(await RecordedAsync("police", name!), Is.EqualTo(new[] { "account.created", "account.disabled", "account.enabled" }));
    }

    [Test]
    public async Task Should_designate_by_document_and_days_and_revoke_at_once()
    {
        await using var administrator = await SignInAsync("police");
        var officer = await hotline.HireAsync("police", "focalPoint");
        var referral = await (await hotline.AsOperator()).ReferNewAsync("police");
        await officer.SeesStateAsync(referral, "delivered");
        var name = await hotline.ScalarAsync<string>("police", "select user_name from accounts order by created_at desc limit 1");
        await administrator.GoAsync("/administration/accounts?role=focalPoint");
        await administrator.Page.ClickAsync($"td a:text-is('{name}')");
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Code, Is.EqualTo("designation.missing"));

        await administrator.Page.FillAsync("#document", "QĐ 12/2026");
        await administrator.Page.FillAsync("#until", "31/12/2199");
        await administrator.Page.ClickAsync("form[action$='/designations'] button");
        await Expect(administrator.Page.Locator("table").First).ToContainTextAsync("đang có hiệu lực");
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        await administrator.Page.ClickAsync("form[action$='/revoke'] button");
        await Expect(administrator.Page.Locator("table").First).ToContainTextAsync("thu hồi");
        Assert.That((await officer.GetAsync($"referrals/{referral}/content")).Code, Is.EqualTo("designation.missing"));

        await administrator.Page.Locator("form[action$='/undo'] button").First.ClickAsync();
        await Expect(administrator.Page.Locator("table").First.Locator("tbody tr")).ToHaveCountAsync(2);
        (await officer.GetAsync($"referrals/{referral}/content")).Good();
        Assert.That(await RecordedAsync("police", name!), Is.EqualTo(new[] { "account.created", "designation.given", "designation.revoked", "designation.given" }));
    }

    [Test]
    public async Task Should_help_after_a_lost_telephone_and_end_every_session()
    {
        await using var administrator = await SignInAsync("police");
        var officer = await hotline.HireAsync("police", "dutyOfficer");
        var name = await hotline.ScalarAsync<string>("police", "select user_name from accounts order by created_at desc limit 1");
        await administrator.GoAsync("/administration/accounts");
        await administrator.Page.ClickAsync($"td a:text-is('{name}')");

        await administrator.Page.ClickAsync("[data-open=reset]");
        await administrator.Page.ClickAsync("#reset .btn.pri");
        var password = await administrator.Page.Locator("#password").InnerTextAsync();
        await using var owner = await Reader.OpenAsync(hotline.Hosts["police"].Url);
        await owner.GoAsync("/sign-in");
        await owner.EnterAsync(name!, password, "");

        await owner.Page.ArrivesAsync("**/second-factor");
        Assert.That((await officer.GetAsync("referrals")).Code, Is.EqualTo("auth.missing"));
    }

    [Test]
    public async Task Should_end_anybodys_session()
    {
        await using var administrator = await SignInAsync("police");
        var officer = await hotline.HireAsync("police", "dutyOfficer");
        var name = await hotline.ScalarAsync<string>("police", "select user_name from accounts order by created_at desc limit 1");
        await administrator.GoAsync("/administration/sessions");

        await administrator.Page.Locator("tr", new() { HasText = name }).Locator("button").ClickAsync();
        await Expect(administrator.Page.Locator("main")).Not.ToContainTextAsync(name!);

        Assert.That((await officer.GetAsync("referrals")).Code, Is.EqualTo("auth.missing"));
    }

    [Test]
    public async Task Should_never_take_the_own_rights_or_the_last_administrators()
    {
        await using var administrator = await SignInAsync("police");
        var account = hotline.Installation.Accounts.First(a => a.Service == "police" && a.Role == "administrator").UserName;
        await administrator.GoAsync("/administration/accounts");
        await administrator.Page.ClickAsync($"td a:text-is('{account}')");

        await administrator.Page.ClickAsync("[data-open=disable]");
        await administrator.Page.ClickAsync("#disable .btn.pri");
        await Expect(administrator.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("quản trị viên khác");
        await administrator.Page.CheckAsync("[name=roles][value=dutyOfficer]");
        await administrator.Page.ClickAsync("form[action$='/roles'] button");

        await Expect(administrator.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("đứng một mình");
        Assert.That(await administrator.AxeAsync(), Is.Empty);
        Assert.That((await (await hotline.AsAdministrator("police")).GetAsync("accounts")).Status, Is.EqualTo(System.Net.HttpStatusCode.OK));
    }

    static IEnumerable<string> Nasty() =>
    [
        "", new string('x', 5000), "<script>document.title='x'</script>", "'; drop table accounts;--", "😀", "\u202Eabc", "Nguyễn".Normalize(System.Text.NormalizationForm.FormD), "Tên Có Dấu",
    ];

    [TestCaseSource(nameof(Nasty))]
    public async Task Should_refuse_a_bad_user_name_beside_its_field_and_make_nothing(string typed)
    {
        await using var administrator = await SignInAsync("intake");
        var before = await hotline.ScalarAsync<long>("intake", "select count(*) from accounts");
        await administrator.GoAsync("/administration/accounts/new");
        await administrator.Page.EvaluateAsync("document.querySelectorAll('#user-name, #alias').forEach(i => { i.removeAttribute('maxlength'); i.removeAttribute('required'); })");
        await administrator.Page.FillAsync("#alias", typed);
        await administrator.Page.EvaluateAsync("value => document.querySelector('#user-name').value = value", typed);
        await administrator.Page.CheckAsync("[name=roles][value=operator]");

        await administrator.Page.ClickAsync("form[action='/administration/accounts'] button");

        await Expect(administrator.Page.Locator(".refused").First).ToBeVisibleAsync();
        await Expect(administrator.Page).Not.ToHaveTitleAsync("x");
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from accounts"), Is.EqualTo(before));
        Assert.That(administrator.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_refuse_in_words_a_form_that_cannot_be_read()
    {
        await using var administrator = await SignInAsync("intake");
        await administrator.GoAsync("/administration/accounts/new");

        await administrator.Page.EvaluateAsync(
            "() => { const f = document.querySelector(\"form[action='/administration/accounts']\"); f.querySelectorAll('[required]').forEach(i => i.removeAttribute('required')); document.querySelector('#alias').value = 'a\\0b'; f.submit(); }");

        await Expect(administrator.Page.Locator("h1")).ToHaveTextAsync("Không mở được trang này");
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("request.malformed");
    }

    [TestCase("31/02/2026")]
    [TestCase("2026/13/45")]
    [TestCase("hôm nay")]
    [TestCase("01-02-26")]
    [TestCase("01/01/0001")]
    public async Task Should_refuse_a_day_that_is_none_and_keep_what_was_typed(string day)
    {
        await using var administrator = await SignInAsync("police");
        await MakeAsync(administrator, "focalPoint");
        await administrator.Page.FillAsync("#document", "QĐ 13/2026");
        await administrator.Page.FillAsync("#until", day);

        await administrator.Page.ClickAsync("form[action$='/designations'] button");

        await Expect(administrator.Page.Locator("#until-refused")).ToContainTextAsync("dd/mm/yyyy");
        await Expect(administrator.Page.Locator("#document")).ToHaveValueAsync("QĐ 13/2026");
        await Expect(administrator.Page.Locator("#until")).ToHaveValueAsync(day);
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from designations where document_number = 'QĐ 13/2026'"), Is.Zero);
    }

    [Test]
    public async Task Should_take_a_form_that_is_sent_twice_as_one()
    {
        await using var administrator = await SignInAsync("police");
        await MakeAsync(administrator, "focalPoint");
        await administrator.Page.FillAsync("#document", "QĐ 14/2026");

        await administrator.Page.EvaluateAsync("() => { const b = document.querySelector(\"form[action$='/designations'] button\"); b.click(); b.click(); }");

        await Expect(administrator.Page.Locator("table").First.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from designations where document_number = 'QĐ 14/2026'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_switch_an_agency_off_and_take_that_back()
    {
        await using var administrator = await SignInAsync("intake");
        var operators = await hotline.AsOperator();
        var (_, caseId) = await operators.OpenCaseAsync();
        await administrator.GoAsync("/administration/agencies");
        var police = administrator.Page.Locator("section", new() { Has = administrator.Page.Locator("#agency-police") });

        await police.Locator("[name=switch] + button").ClickAsync();
        await Expect(police).ToContainTextAsync("tạm ngừng nhận");
        var off = await operators.ReferAsync(caseId, "police");
        await police.Locator("form[action$='/undo'] button").ClickAsync();
        await Expect(police.Locator(".head")).ToContainTextAsync("đang nhận");
        await police.Locator("#vi-police").FillAsync(" ");
        await police.GetByRole(AriaRole.Button, new() { Name = "Đổi tên" }).ClickAsync();

        Assert.That(off.Code, Is.EqualTo("request.unknown-code"));
        await Expect(police.Locator("#vi-police-refused")).ToContainTextAsync("Cần ghi");
        (await operators.ReferAsync(caseId, "police")).Good();
        Assert.That(await RecordedAsync("intake", "police"), Is.EqualTo(new[] { "agency.changed", "agency.changed" }));
    }

    [Test]
    public async Task Should_show_public_keys_with_their_fingerprints_and_nothing_private()
    {
        await using var administrator = await SignInAsync("police");
        await administrator.GoAsync("/administration/keys");

        var shown = await administrator.Page.InnerTextAsync("main");
        var folder = hotline.Installation.Plan.StateFolder;

        Assert.That(shown, Does.Match("[0-9a-f]{4}( [0-9a-f]{4}){15}"));
        foreach (var secret in Directory.EnumerateFiles(folder, "*.jwk", SearchOption.AllDirectories).Select(f => JsonNode.Parse(File.ReadAllText(f))?["d"]?.GetValue<string>()).OfType<string>())
            Assert.That(shown, Does.Not.Contain(secret));
    }

    [Test]
    public async Task Should_open_administration_to_administrators_alone()
    {
        foreach (var (party, role) in ((string, string)[])[("intake", "operator"), ("intake", "supervisor"), ("police", "dutyOfficer")])
        {
            await using var reader = await Reader.SignInAsync(hotline, party, role);
            foreach (var path in (string[])["/administration/accounts", "/administration/accounts/new", "/administration/sessions", "/administration/keys", party == "intake" ? "/administration/agencies" : "/administration/profile"])
                Assert.That((await reader.Page.GotoAsync(new Uri(hotline.Hosts[party].Url, path).ToString()))!.Status, Is.EqualTo(403), $"{role} {path}");
        }
    }
}
