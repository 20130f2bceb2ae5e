using System.Text;
using System.Text.RegularExpressions;
using Hotline.Console.Tests.Browsing;
using Hotline.Duty.Roster;
using Hotline.Testing;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The pages of duty in a browser: calendar, stand-ins, swaps, contacts; how all of them look.</summary>
public sealed partial class When_duty_is_arranged_on_the_screen
{
    RunningHotline hotline = null!;
    Reader administrator = null!, officer = null!, focalPoint = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { SimulateChannels = true }, "police");
        await hotline.WriteRosterAsync("police", new UnitRoster
        {
            Unit = "central",
            Name = "Trực ban Bộ",
            TimeZone = "Asia/Ho_Chi_Minh",
            Staffed = UnitRoster.Always,
            Layers =
            [
                new Layer { Name = "primary", Rotations = [new Rotation { Name = "Ca ngày đêm", Every = Rotation.Daily, StartsOn = new DateOnly(2026, 1, 1), HandOverAt = "08:00", Officers = ["duty-officer", "focal-point"] }] },
                new Layer { Name = "deputy", Rotations = [new Rotation { Name = "Ngày làm việc", Every = Rotation.Daily, StartsOn = new DateOnly(2026, 1, 1), HandOverAt = "08:00", Until = "17:00", On = ["office-hours"], Officers = ["focal-point"] }] },
            ],
            Landlines = [],
        });
        administrator = await Reader.SignInAsync(hotline, "police", "administrator");
        officer = await Reader.SignInAsync(hotline, "police", "dutyOfficer");
        focalPoint = await Reader.SignInAsync(hotline, "police", "focalPoint");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        foreach (var reader in new[] { administrator, officer, focalPoint })
            await reader.DisposeAsync();
        await hotline.DisposeAsync();
    }

    [TestCase("/duty", "duty")]
    [TestCase("/duty?unit=01", "duty-empty")]
    [TestCase("/duty?from=2027-02-01", "duty-tet")]
    [TestCase("/duty/tonight", "duty-tonight")]
    [TestCase("/duty/rosters", "duty-roster-form")]
    [TestCase("/duty/ladders", "duty-ladders-form")]
    [TestCase("/duty/holidays?year=2027", "duty-holidays")]
    [TestCase("/duty/holidays?year=2030", "duty-holidays-proposed")]
    [TestCase("/duty/gateways", "duty-gateways")]
    public async Task Should_read_well_for_an_administrator(string path, string name) => await administrator.IsReadableAsync(path, name);

    [TestCase("/duty/contacts", "duty-contacts")]
    [TestCase("/duty/rosters", "duty-roster")]
    [TestCase("/duty/ladders", "duty-ladders")]
    public async Task Should_read_well_for_an_officer(string path, string name) => await officer.IsReadableAsync(path, name);

    [Test]
    public async Task Should_be_the_same_at_the_hub()
    {
        await using var supervisor = await Reader.SignInAsync(hotline, "intake", "supervisor");

        await supervisor.IsReadableAsync("/duty", "duty-hub");
        await supervisor.IsReadableAsync("/duty/gateways", "duty-hub-gateways");
    }

    [Test]
    public async Task Should_add_a_stand_in_once_and_cancel_it_also_without_scripts()
    {
        await using var plain = await administrator.BesideAsync(1440, 900, "vi", ColorScheme.Light, scripts: false);
        await FillOverrideAsync(plain, "2031-03-01T08:00", "2031-03-02T08:00", Hostile.Text.Normalize(NormalizationForm.FormD));
        var key = await plain.Page.Locator("form[action='/duty/overrides'] input[name=key]").GetAttributeAsync("value");
        await plain.Page.ClickAsync("form[action='/duty/overrides'] button");
        await Expect(plain.Page.Locator("main")).ToContainTextAsync("Đã ghi trực thay.");
        await plain.GoAsync("/duty");
        await FillOverrideAsync(plain, "2031-03-01T08:00", "2031-03-02T08:00", "lần hai");

        await plain.Page.ClickAsync("form[action='/duty/overrides'] button");
        await Expect(plain.Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("Lúc đó đã có người trực thay.");
        await Expect(plain.Page.Locator("#override-reason")).ToHaveValueAsync("lần hai");
        Assert.That(key, Is.Not.Null);
        Assert.That(await hotline.ScalarAsync<string>("police", "select reason from overrides where starts_at > '2031-01-01' and cancelled_at is null and ends_at < '2031-04-01'"), Is.EqualTo(Hostile.Text));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from overrides where reason = 'lần hai'"), Is.Zero);
    }

    [Test]
    public async Task Should_change_once_when_the_button_is_pressed_twice()
    {
        await using var plain = await administrator.BesideAsync(1440, 900, "vi", ColorScheme.Light, scripts: false);
        await FillOverrideAsync(plain, TypedAhead(1), TypedAhead(2), "một lần");
        var body = await FieldsAsync(plain, "form[action='/duty/overrides']", new() { ["/layer"] = "primary", ["/officer"] = "focal-point", ["/from:time"] = TypedAhead(1), ["/until:time"] = TypedAhead(2), ["/reason"] = "một lần" });

        var first = await plain.Context.APIRequest.PostAsync("/duty/overrides", new() { Form = body(plain), MaxRedirects = 0 });
        var second = await plain.Context.APIRequest.PostAsync("/duty/overrides", new() { Form = body(plain), MaxRedirects = 0 });

        Assert.That((first.Status, second.Status), Is.EqualTo((302, 302)));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from overrides where reason = 'một lần'"), Is.EqualTo(1));
        await administrator.GoAsync("/duty");
        await Expect(administrator.Page.Locator(".weeks")).ToContainTextAsync("trực thay");
        await administrator.Page.Locator("form[action$='/cancel'] button").First.ClickAsync();
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã hủy trực thay.");
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from audit.records where leaf like '%override.cancelled%'"), Is.GreaterThan(0));
    }

    [TestCase("", "", "", "/officer")]
    [TestCase("duty-officer", "31/02/2031 25:00", "2031-02-02T08:00", "/from")]
    [TestCase("duty-officer", "2031-02-02T08:00", "2031-02-01T08:00", "/until")]
    [TestCase("nobody'; drop table overrides;--", "2031-02-02T08:00", "2031-02-03T08:00", "/officer")]
    public async Task Should_say_beside_the_field_what_is_wrong(string who, string from, string until, string at)
    {
        await administrator.GoAsync("/duty");
        var body = await FieldsAsync(administrator, "form[action='/duty/overrides']", new() { ["/layer"] = "primary", ["/officer"] = who, ["/from:time"] = from, ["/until:time"] = until, ["/reason"] = new string('x', 20) });
        var answer = await administrator.Context.APIRequest.PostAsync("/duty/overrides", new() { Form = body(administrator), MaxRedirects = 0 });

        Assert.That(answer.Status, Is.AnyOf(400, 422));
        var page = await answer.TextAsync();
        Assert.That(page, Does.Contain($"id=\"override{at.Replace('/', '-')}-problem\"").And.Contain("aria-invalid=\"true\""));
        Assert.That(page, Does.Contain(new string('x', 20)), "what was typed");
    }

    [Test]
    public async Task Should_refuse_a_text_that_is_too_long()
    {
        await administrator.GoAsync("/duty");
        var body = await FieldsAsync(administrator, "form[action='/duty/overrides']", new() { ["/layer"] = "primary", ["/officer"] = "duty-officer", ["/from:time"] = TypedAhead(5), ["/until:time"] = TypedAhead(6), ["/reason"] = new string('x', 501) });

        var answer = await administrator.Context.APIRequest.PostAsync("/duty/overrides", new() { Form = body(administrator), MaxRedirects = 0 });

        Assert.That(answer.Status, Is.EqualTo(422));
        Assert.That(await answer.TextAsync(), Does.Contain("Quá dài: tối đa 500 ký tự."));
    }

    [Test]
    public async Task Should_swap_a_shift_when_the_other_agrees()
    {
        await officer.GoAsync("/duty");
        await officer.Page.ClickAsync("summary:has-text('Hỏi đổi ca')");
        await officer.Page.SelectOptionAsync("#swap-layer", "primary");
        await officer.Page.SelectOptionAsync("#swap-with", "focal-point");
        await officer.Page.ClickAsync("form[action='/duty/swaps'] button");
        await Expect(officer.Page.Locator("main")).ToContainTextAsync("Đã hỏi đổi ca.");

        await focalPoint.GoAsync("/duty");
        Assert.That(await focalPoint.AxeAsync(), Is.Empty);
        await focalPoint.ShootAsync("duty-swap-vi-1440");
        await focalPoint.Page.ClickAsync("form[action$='/agree'] button");

        await Expect(focalPoint.Page.Locator("main")).ToContainTextAsync("Đã đồng ý đổi ca");
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from overrides where swap_id is not null"), Is.EqualTo(1));
    }

    [Test]
    public async Task Should_prove_a_telephone_by_the_code_that_it_gets()
    {
        const string phone = "0912 000 987";
        await officer.GoAsync("/duty/contacts");
        var card = officer.Page.Locator(".card", new() { HasText = phone });
        var last = await officer.Page.Locator(".line.contact").CountAsync() - 1;
        await officer.Page.SelectOptionAsync($"#contacts-contacts-{last}-channel", "sms");
        await officer.Page.FillAsync($"#contacts-contacts-{last}-address", phone);
        await officer.Page.ClickAsync("form[action='/duty/contacts'] button.pri");
        await Expect(card).ToContainTextAsync("chưa xác minh");
        await card.Locator("form[action$='/code'] button").ClickAsync();
        await Expect(officer.Page.Locator("main")).ToContainTextAsync("Đã gửi mã");
        var message = await Eventually.GetAsync("the code is on the telephone", () => Task.FromResult(hotline.Simulator.Devices.Messages.LastOrDefault(m => m.To == phone)), m => m is not null);

        var code = Code().Match(message!.Text).Value;
        await card.Locator("input[inputmode=numeric]").FillAsync(code == "000000" ? "000001" : "000000");
        await card.Locator("form[action$='/verify'] button").ClickAsync();
        await Expect(card.GetByRole(AriaRole.Alert)).ToContainTextAsync("Mã không đúng.");
        await card.Locator("input[inputmode=numeric]").FillAsync(code);
        await card.Locator("form[action$='/verify'] button").ClickAsync();

        await Expect(card).ToContainTextAsync("Thử điện thoại của tôi");
        Assert.That(await officer.AxeAsync(), Is.Empty);
        await officer.ShootAsync("duty-contacts-verified-vi-1440");
    }

    static async Task FillOverrideAsync(Reader reader, string from, string until, string reason)
    {
        await reader.GoAsync("/duty");
        await reader.Page.ClickAsync("summary:has-text('Ghi trực thay')");
        await reader.Page.SelectOptionAsync("#override-layer", "primary");
        await reader.Page.SelectOptionAsync("#override-officer", "focal-point");
        await reader.Page.FillAsync("#override-from", from);
        await reader.Page.FillAsync("#override-until", until);
        await reader.Page.FillAsync("#override-reason", reason);
    }

    /// <summary>What the form would send, with these values, as a stranger to its limits might.</summary>
    static async Task<Func<Reader, IFormData>> FieldsAsync(Reader reader, string form, Dictionary<string, string> values)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var name in new[] { "antiforgery", "key", "/unit" })
            fields.Add(new(name, await reader.Page.Locator($"{form} input[name='{name}']").GetAttributeAsync("value") ?? ""));
        fields.AddRange(values);
        return sender => Form(sender, fields);
    }

    static IFormData Form(Reader reader, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var form = reader.Context.APIRequest.CreateFormData();
        foreach (var (name, value) in fields)
            form.Set(name, value);
        return form;
    }

    /// <summary>So many days ahead, as a browser types it; the services' clock is the machine's here.</summary>
    static string TypedAhead(int days) => DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()).ToOffset(TimeSpan.FromHours(7)).AddDays(days).ToString("yyyy-MM-dd'T'HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\d{6}")]
    private static partial Regex Code();
}
