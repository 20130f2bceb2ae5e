using System.Text;
using System.Text.RegularExpressions;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The documents of duty in a browser: ladders, clocks, holidays, rosters, and the ways out of the house; each by administrators alone, each version kept.</summary>
public sealed class When_documents_of_duty_are_changed_on_the_screen
{
    RunningHotline hotline = null!;
    Reader administrator = null!, officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync(plan => plan with { SimulateChannels = true }, "police");
        administrator = await Reader.SignInAsync(hotline, "police", "administrator");
        officer = await Reader.SignInAsync(hotline, "police", "dutyOfficer");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await administrator.DisposeAsync();
        await officer.DisposeAsync();
        await hotline.DisposeAsync();
    }

    [Test]
    public async Task Should_keep_every_version_of_the_ladders_and_bring_one_back()
    {
        var before = await hotline.ScalarAsync<long>("police", "select coalesce(max(version), 0) from duty_plans");
        await SaveWaitAsync("7");
        await SaveWaitAsync("9");
        Assert.That(await WaitAsync(), Is.EqualTo("00:09:00"));

        await administrator.GoAsync("/duty/ladders");
        await administrator.Page.ClickAsync($"form[action='/duty/ladders/{before + 1}/restore'] button");

        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã đưa bản cũ trở lại");
        Assert.That(await WaitAsync(), Is.EqualTo("00:07:00"));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from duty_plans where version > $1", before), Is.EqualTo(3));
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from audit.records where leaf like '%ladders.changed%'"), Is.GreaterThanOrEqualTo(3));
    }

    [Test]
    public async Task Should_tell_the_second_tab_and_keep_what_it_typed()
    {
        await administrator.GoAsync("/duty/ladders");
        await using var second = await administrator.BesideAsync(1440, 900, "vi", ColorScheme.Light);
        await second.GoAsync("/duty/ladders");
        await SaveWaitAsync("11");

        await TypeWaitAsync(second, 1, "13");
        await second.Page.ClickAsync("form[action='/duty/ladders'] button.pri");

        await Expect(second.Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("Có người vừa sửa trước.");
        await Expect(second.Page.Locator("#ladders-ladders-1-steps-0-wait")).ToHaveValueAsync("13");
        Assert.That(await WaitAsync(), Is.EqualTo("00:11:00"));
        Assert.That(await second.AxeAsync(), Is.Empty);
        await second.ShootAsync("duty-ladders-stale-vi-1440");
    }

    [Test]
    public async Task Should_change_clocks_and_page_texts_and_leave_the_ladders()
    {
        await administrator.GoAsync("/duty/ladders");
        await using var second = await administrator.BesideAsync(1440, 900, "vi", ColorScheme.Light);
        await second.GoAsync("/duty/ladders");
        await administrator.Page.ClickAsync("summary:has-text('Sửa đồng hồ')");
        Assert.That(await administrator.AxeAsync(), Is.Empty);
        await administrator.ShootAsync("duty-clocks-form-vi-1440");
        await administrator.Page.FillAsync("#clocks-clocks-0-acknowledgeWithin", "4");
        await administrator.Page.FillAsync("#clocks-templates-0-text", "Gọi {caller} ngay: {link}");
        await administrator.Page.ClickAsync("form[action='/duty/ladders/clocks'] button.pri");
        await Expect(administrator.Page.Locator("#clocks-templates-0-text-problem")).ToBeVisibleAsync();
        await Expect(administrator.Page.Locator("#clocks-clocks-0-acknowledgeWithin")).ToHaveValueAsync("4");

        await administrator.Page.FillAsync("#clocks-templates-0-text", Hostile.Text.Normalize(NormalizationForm.FormD) + " {reference} {link}");
        await administrator.Page.SelectOptionAsync("#clocks-legalClocks-0-name", "crime-report-transfer-remote");
        await administrator.Page.FillAsync("#clocks-legalClocks-0-within", "2880");
        await administrator.Page.FillAsync("#clocks-legalClocks-0-alarmBefore", "480");
        await administrator.Page.FillAsync("#clocks-legalClocks-0-units", "04, 08");
        await administrator.Page.ClickAsync("form[action='/duty/ladders/clocks'] button.pri");
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã lưu đồng hồ và lời báo thành bản mới.");
        await Expect(administrator.Page.Locator("section[aria-labelledby=clocks-title]")).ToContainTextAsync("4 phút");
        Assert.That(
            await hotline.ScalarAsync<string>("police", "select (content -> 'clocks' -> 0 ->> 'acknowledgeWithin') || ' ' || jsonb_array_length(content -> 'ladders') || ' ' || (content -> 'legalClocks' -> 0 ->> 'units') from duty_plans order by version desc limit 1"),
            Is.EqualTo("00:04:00 4 [\"04\", \"08\"]"));
        Assert.That(await hotline.ScalarAsync<string>("police", "select content -> 'templates' -> 0 ->> 'text' from duty_plans order by version desc limit 1"), Does.StartWith(Hostile.Text));

        await second.Page.ClickAsync("summary:has-text('Sửa đồng hồ')");
        await second.Page.FillAsync("#clocks-clocks-1-repageEvery", "17");
        await second.Page.ClickAsync("form[action='/duty/ladders/clocks'] button.pri");
        await Expect(second.Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("Có người vừa sửa trước.");
        await Expect(second.Page.Locator("#clocks-clocks-1-repageEvery")).ToHaveValueAsync("17");
    }

    [Test]
    public async Task Should_tell_the_second_tab_also_of_rosters_and_holidays()
    {
        await StaleAsync("/duty/rosters?unit=04", "form[action='/duty/rosters/04'] button.pri", "#roster-name", "Trực ban tỉnh một", "Trực ban tỉnh hai");
        await StaleAsync("/duty/holidays?year=2033", "form[action='/duty/holidays'] button.pri", "#holidays-days-0-nameVi", "Nghỉ một", "Nghỉ hai");

        async Task StaleAsync(string path, string save, string field, string first, string later)
        {
            await administrator.GoAsync(path);
            await using var second = await administrator.BesideAsync(1440, 900, "vi", ColorScheme.Light);
            await second.GoAsync(path);
            foreach (var (reader, text) in new[] { (administrator, first), (second, later) })
            {
                await reader.Page.FillAsync(field, text);
                await reader.Page.ClickAsync(save);
            }

            await Expect(second.Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("Có người vừa sửa trước.");
            await Expect(second.Page.Locator(field)).ToHaveValueAsync(later);
            await administrator.GoAsync(path);
            await Expect(administrator.Page.Locator(field)).ToHaveValueAsync(first);
        }
    }

    [Test]
    public async Task Should_bring_an_earlier_table_of_holidays_back()
    {
        const string days = "select count(*) || ' ' || max(name_vi) from calendar_days where extract(year from date) = 2032 and known_until is null";
        await administrator.GoAsync("/duty/holidays?year=2032");
        await administrator.Page.ClickAsync("form[action='/duty/holidays'] button.pri");
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã lưu ngày nghỉ.");
        var before = await hotline.ScalarAsync<string>("police", days);
        await administrator.Page.ClickAsync("summary:has-text('Sửa bảng')");
        await administrator.Page.FillAsync("#holidays-days-0-nameVi", "Ước lượng sai");
        await administrator.Page.CheckAsync("input[name='/days/1/remove']");
        await administrator.Page.ClickAsync("form[action='/duty/holidays'] button.pri");
        await Expect(administrator.Page.Locator("tbody").First).ToContainTextAsync("Ước lượng sai");
        Assert.That(await hotline.ScalarAsync<string>("police", days), Is.Not.EqualTo(before));

        await administrator.Page.ClickAsync("form[action='/duty/holidays/2032/1/restore'] button");

        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã đưa bản cũ trở lại");
        Assert.That(await hotline.ScalarAsync<string>("police", days), Is.EqualTo(before));
        await administrator.IsReadableAsync("/duty/holidays?year=2032", "duty-holidays-versions");
    }

    [Test]
    public async Task Should_bring_back_the_holidays_that_were_there_before_anybody_changed_them()
    {
        const string days = "select string_agg(date || name_vi, ' ' order by date) from calendar_days where extract(year from date) = 2027 and known_until is null";
        var before = await hotline.ScalarAsync<string>("police", days);
        await administrator.GoAsync("/duty/holidays?year=2027");
        await administrator.Page.ClickAsync("summary:has-text('Sửa bảng')");
        await administrator.Page.FillAsync("#holidays-days-0-nameVi", "Ước lượng sai");
        await administrator.Page.ClickAsync("form[action='/duty/holidays'] button.pri");
        await Expect(administrator.Page.Locator("tbody").First).ToContainTextAsync("Ước lượng sai");

        await administrator.Page.ClickAsync("form[action='/duty/holidays/2027/0/restore'] button");

        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã đưa bản cũ trở lại");
        Assert.That(before, Is.Not.Empty);
        Assert.That(await hotline.ScalarAsync<string>("police", days), Is.EqualTo(before));
    }

    [Test]
    public async Task Should_refuse_a_ladder_with_a_wait_that_is_none()
    {
        await administrator.GoAsync("/duty/ladders");
        await TypeWaitAsync(administrator, 0, "sớm");

        await administrator.Page.ClickAsync("form[action='/duty/ladders'] button.pri");

        await Expect(administrator.Page.Locator("#ladders-ladders-0-steps-0-wait-problem")).ToBeVisibleAsync();
        await Expect(administrator.Page.Locator("#ladders-ladders-0-steps-0-wait")).ToHaveValueAsync("sớm");
    }

    [Test]
    public async Task Should_write_a_years_holidays_from_the_proposals_and_name_the_source()
    {
        await administrator.GoAsync("/duty/holidays?year=2031");
        await administrator.Page.ClickAsync("form[action='/duty/holidays'] button.pri");
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã lưu ngày nghỉ.");
        await administrator.Page.ClickAsync("summary:has-text('Sửa bảng')");
        var rows = await administrator.Page.Locator(".line.holiday").CountAsync() - 3;
        await administrator.Page.FillAsync($"#holidays-days-{rows}-date", "2031-09-01");
        await administrator.Page.FillAsync($"#holidays-days-{rows}-nameVi", "Nghỉ Quốc khánh " + Hostile.Text.Normalize(NormalizationForm.FormD));
        await administrator.Page.SelectOptionAsync($"#holidays-days-{rows}-kind", "holiday");
        await administrator.Page.ClickAsync("form[action='/duty/holidays'] button.pri");
        await Expect(administrator.Page.Locator($"#holidays-days-{rows}-source-problem")).ToBeVisibleAsync();

        await administrator.Page.FillAsync($"#holidays-days-{rows}-source", "Quyết định 1/QĐ-TTg");
        await administrator.Page.FillAsync($"#holidays-days-{rows}-decidedOn", "2030-11-20");
        await administrator.Page.ClickAsync("form[action='/duty/holidays'] button.pri");

        await Expect(administrator.Page.Locator("tbody").First).ToContainTextAsync("Quyết định 1/QĐ-TTg");
        await Expect(administrator.Page.Locator("tbody").First).ToContainTextAsync("drop table referrals");
        Assert.That(administrator.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_write_a_roster_and_refuse_an_officer_whom_nobody_knows()
    {
        await administrator.GoAsync("/duty/rosters?unit=22");
        await administrator.Page.FillAsync("#roster-layers-0-name", "primary");
        await administrator.Page.FillAsync("#roster-layers-0-rotations-0-name", "Tuần");
        await administrator.Page.SelectOptionAsync("#roster-layers-0-rotations-0-every", "weekly");
        await administrator.Page.FillAsync("#roster-layers-0-rotations-0-startsOn", "2026-01-05");
        await administrator.Page.FillAsync("#roster-layers-0-rotations-0-handOverAt", "08:00");
        await administrator.Page.FillAsync("#roster-layers-0-rotations-0-officers", "duty-officer, không-có");
        await administrator.Page.ClickAsync("form[action='/duty/rosters/22'] button.pri");
        await Expect(administrator.Page.Locator(".rotation .problem").First).ToContainTextAsync("người thứ 2");

        await administrator.Page.FillAsync("#roster-layers-0-rotations-0-officers", "duty-officer, focal-point");
        await administrator.Page.ClickAsync("form[action='/duty/rosters/22'] button.pri");

        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã lưu phân công thành bản mới.");
        await administrator.GoAsync("/duty?unit=22");
        await Expect(administrator.Page.Locator(".weeks td").First).ToContainTextAsync(DutyNames());
    }

    [Test]
    public async Task Should_take_a_gateway_out_of_use_and_back_but_never_the_last()
    {
        var page = administrator.Page;
        await administrator.GoAsync("/duty/gateways");
        await page.ClickAsync("form[action='/duty/gateways/gateway-1/off'] button");
        await Expect(page.Locator("main")).ToContainTextAsync("Đã ngừng dùng cổng.");
        await Expect(page.Locator("tbody").First).ToContainTextAsync("NGỪNG DÙNG");
        await administrator.IsReadableAsync("/duty/gateways", "duty-gateways-off");

        await page.ClickAsync("form[action='/duty/gateways/gateway-2/off'] button");
        await Expect(page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("Đây là cổng cuối cùng đang dùng");
        Assert.That(await hotline.ScalarAsync<string>("police", "select string_agg(gateway, ' ') from gateway_switches"), Is.EqualTo("gateway-1"));

        await administrator.GoAsync("/duty/gateways");
        await page.ClickAsync("form[action='/duty/gateways/gateway-1/on'] button");
        await Expect(page.Locator("main")).ToContainTextAsync("Đã dùng lại cổng.");
        Assert.That(await hotline.ScalarAsync<long>("police", "select count(*) from audit.records where leaf like '%gateway.o%'"), Is.EqualTo(2));
    }

    [Test]
    public async Task Should_let_officers_read_and_only_administrators_write()
    {
        await officer.GoAsync("/duty/ladders");
        await Expect(officer.Page.Locator("form[action='/duty/ladders']")).ToHaveCountAsync(0);
        foreach (var path in new[] { "/duty/overrides", "/duty/gateways/gateway-1/off", "/duty/ladders", "/duty/ladders/clocks", "/duty/holidays", "/duty/holidays/2027/1/restore", "/duty/rosters/central" })
        {
            await officer.GoAsync("/duty");
            var token = await officer.Page.Locator("input[name=antiforgery]").First.GetAttributeAsync("value");
            var form = officer.Context.APIRequest.CreateFormData();
            form.Set("antiforgery", token!);
            var answer = await officer.Context.APIRequest.PostAsync(path, new() { Form = form, MaxRedirects = 0 });
            Assert.That(answer.Status, Is.EqualTo(403), path);
        }
        var gateways = await officer.Page.GotoAsync(new Uri(hotline.Hosts["police"].Url, "/duty/gateways").ToString());
        Assert.That(gateways!.Status, Is.EqualTo(403));
    }

    async Task SaveWaitAsync(string minutes)
    {
        await administrator.GoAsync("/duty/ladders");
        await TypeWaitAsync(administrator, 1, minutes);
        await administrator.Page.ClickAsync("form[action='/duty/ladders'] button.pri");
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("Đã lưu thang báo thành bản mới.");
    }

    /// <summary>Each ladder is a list of its steps until somebody wants to change it.</summary>
    static async Task TypeWaitAsync(Reader reader, int ladder, string minutes)
    {
        await reader.Page.ClickAsync($"section[aria-labelledby='ladder-P{ladder}'] summary");
        await reader.Page.FillAsync($"#ladders-ladders-{ladder}-steps-0-wait", minutes);
    }

    Task<string?> WaitAsync() => hotline.ScalarAsync<string>(
        "police", "select l -> 'steps' -> 0 ->> 'wait' from duty_plans, jsonb_array_elements(content -> 'ladders') l where l ->> 'urgency' = 'P1' order by version desc limit 1");

    static Regex DutyNames() => new("duty-officer|focal-point");
}
