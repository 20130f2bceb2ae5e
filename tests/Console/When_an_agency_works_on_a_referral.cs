using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>An agency's inbox and referral in a browser: what an officer presses, and what the hotline sees of it.</summary>
public sealed class When_an_agency_works_on_a_referral
{
    RunningHotline hotline = null!;
    Reader officer = null!, focalPoint = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police", "border-guard");
        officer = await Reader.SignInAsync(hotline, "police", "dutyOfficer");
        focalPoint = await Reader.SignInAsync(hotline, "police", "focalPoint");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await officer.DisposeAsync();
        await focalPoint.DisposeAsync();
        await hotline.DisposeAsync();
    }

    async Task<Guid> ReferAsync(string urgency = "P1", JsonObject? call = null)
    {
        var operators = await hotline.AsOperator();
        var referral = await operators.ReferNewAsync("police", urgency, call);
        await operators.SeesStateAsync(referral, "delivered");
        return referral;
    }

    [Test]
    public async Task Should_acknowledge_and_accept_in_one_press_each()
    {
        var referral = await ReferAsync();
        await focalPoint.GoAsync("/inbox");
        await focalPoint.Page.Locator("li", new() { Has = focalPoint.Page.Locator($"a[href='/inbox/{referral}']") }).GetByRole(AriaRole.Button).ClickAsync();
        await focalPoint.Page.ArrivesAsync($"**/inbox/{referral}");
        await (await hotline.AsOperator()).SeesStateAsync(referral, "acknowledged");

        await focalPoint.Page.ClickAsync("form[data-api$='/accept'] button");

        await Expect(focalPoint.Page.Locator(".middle .strip .st.done")).ToHaveCountAsync(5);
        await (await hotline.AsOperator()).SeesStateAsync(referral, "accepted");
        Assert.That(focalPoint.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_acknowledge_by_a_key()
    {
        var referral = await ReferAsync();
        await officer.GoAsync($"/inbox/{referral}");

        await officer.Page.Keyboard.PressAsync("t");

        await (await hotline.AsOperator()).SeesStateAsync(referral, "acknowledged");
    }

    [Test]
    public async Task Should_decline_with_a_reason_and_a_better_agency()
    {
        var referral = await ReferAsync();
        await focalPoint.GoAsync($"/inbox/{referral}");
        await focalPoint.Page.ClickAsync("[data-open=decline]");
        await focalPoint.Page.SelectOptionAsync("#reason-code", "wrong-place");
        await focalPoint.Page.FillAsync("#decline-text", "Thuộc khu vực biên giới.");
        await focalPoint.Page.SelectOptionAsync("#better", "border-guard");
        Assert.That(await focalPoint.AxeAsync(), Is.Empty);

        await focalPoint.Page.ClickAsync("#decline .btn.pri");

        await (await hotline.AsOperator()).SeesStateAsync(referral, "declined");
        var history = (await (await hotline.AsOperator()).GetAsync($"referrals/{referral}/history")).Good().Text;
        Assert.That(history, Does.Contain("wrong-place").And.Contain("border-guard").And.Contain("Thuộc khu vực biên giới."));
    }

    [Test]
    public async Task Should_note_progress_and_close_with_an_outcome()
    {
        var referral = await ReferAsync();
        (await (await hotline.AsFocalPoint("police")).PostAsync($"referrals/{referral}/accept")).Good();
        await focalPoint.GoAsync($"/inbox/{referral}");
        await focalPoint.Page.ClickAsync("[data-open=progress]");
        await focalPoint.Page.FillAsync("#progress-text", "Đã cử tổ công tác.");
        await focalPoint.Page.ClickAsync("#progress .btn.pri");
        await Expect(focalPoint.Page.Locator(".happened")).ToContainTextAsync("Tiến độ");
        await focalPoint.GoAsync($"/inbox/{referral}/file");
        await Expect(focalPoint.Page.Locator(".happened")).ToContainTextAsync("Đã cử tổ công tác.");

        await focalPoint.Page.ClickAsync("[data-open=close]");
        await focalPoint.Page.SelectOptionAsync("#outcome", new SelectOptionValue { Index = 1 });
        await focalPoint.Page.ClickAsync("#close .btn.pri");

        await (await hotline.AsOperator()).SeesStateAsync(referral, "closed");
    }

    [Test]
    public async Task Should_ask_the_hotline_a_question_and_take_every_text_as_text()
    {
        const string nasty = Hostile.Text + " Gặp ở đâu?";
        var referral = await ReferAsync();
        await focalPoint.GoAsync($"/inbox/{referral}/file");

        await focalPoint.Page.FillAsync("#note", nasty.Normalize(System.Text.NormalizationForm.FormD));
        await focalPoint.Page.ClickAsync(".note-form button");

        await Expect(focalPoint.Page.Locator(".happened q").First).ToContainTextAsync("drop table referrals");
        await Expect(focalPoint.Page).Not.ToHaveTitleAsync("x");
        await Eventually.IsTrueAsync("the hotline has the question", async () =>
            (await (await hotline.AsOperator()).GetAsync($"referrals/{referral}/history")).Json["items"]!.AsArray().Any(line => (string?)line!["detail"]?["text"] == nasty));
        Assert.That(focalPoint.Complaints, Is.Empty);
    }

    [Test]
    public async Task Should_show_that_a_note_came_and_its_words_only_when_the_file_is_opened()
    {
        var referral = await ReferAsync();
        (await (await hotline.AsOperator()).PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "Gọi cho chị của cháu trước." })).Good();
        await Eventually.IsTrueAsync("the note is there", async () => await hotline.ScalarAsync<long>(
            "police", "select count(*) from referral_history where referral_id = $1 and event = 'note.added'", referral) == 1);

        await focalPoint.GoAsync($"/inbox/{referral}");
        await Expect(focalPoint.Page.Locator(".happened")).ToContainTextAsync("Lời ghi hiện ra khi mở hồ sơ.");
        Assert.That(await focalPoint.Page.ContentAsync(), Does.Not.Contain("chị của cháu"));
        Assert.That(await hotline.ScalarAsync<long>(
            "police", "select count(*) from audit.records where leaf::jsonb ->> 'kind' = 'history.opened' and leaf::jsonb ->> 'referral' = $1", referral.ToString()), Is.Zero);
        await focalPoint.ShootAsync("agency-coded-note-vi-1440");
        await focalPoint.Page.ClickAsync(".middle a[href$='/file']");

        await Expect(focalPoint.Page.Locator(".happened")).ToContainTextAsync("Gọi cho chị của cháu trước.");
    }

    [Test]
    public async Task Should_ring_on_an_open_page_where_the_officer_is_paged()
    {
        foreach (var unit in new[] { "01", "central" })
            await hotline.PutOnDutyAsync("police", unit, "primary=duty-officer");
        await officer.GoAsync("/inbox");

        var referral = await ReferAsync("P0");

        await Expect(officer.Page.Locator($"[data-paged] a[href='/inbox/{referral}']")).ToContainTextAsync("Tin báo trực: CT-");
        await Eventually.IsTrueAsync("the page counts as shown", async () => await hotline.ScalarAsync<long>(
            "police", "select count(*) from page_attempts p join escalations e on e.id = p.escalation_id where e.subject_id = $1 and p.channel = 'console' and p.state = 'delivered'", referral) > 0);
        await officer.ShootAsync("agency-paged-vi-1440");
    }

    [Test]
    public async Task Should_say_that_somebody_was_quicker_and_keep_what_was_typed()
    {
        var referral = await ReferAsync();
        await focalPoint.GoAsync($"/inbox/{referral}");
        await focalPoint.Page.ClickAsync("[data-open=decline]");
        await focalPoint.Page.SelectOptionAsync("#reason-code", "wrong-place");
        await focalPoint.Page.FillAsync("#decline-text", "Chưa gửi được");
        (await (await hotline.AsDutyOfficer("police")).PostAsync($"referrals/{referral}/accept")).Good();

        await focalPoint.Page.ClickAsync("#decline .btn.pri");

        await Expect(focalPoint.Page.Locator("#decline [data-problem]")).ToContainTextAsync("Có người vừa làm trước");
        await Expect(focalPoint.Page.Locator("#decline-text")).ToHaveValueAsync("Chưa gửi được");
    }

    [Test]
    public async Task Should_show_what_changed_since_it_was_read_last()
    {
        var operators = await hotline.AsOperator();
        var (call, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        await operators.SeesStateAsync(referral, "delivered");
        await focalPoint.GoAsync($"/inbox/{referral}/file");
        await Expect(focalPoint.Page.Locator(".changed")).ToHaveCountAsync(0);
        var seen = (await operators.GetAsync($"calls/{call}")).Good();
        (await operators.PatchAsync($"calls/{call}", new JsonObject { ["summary"] = "Cháu gái vừa gọi lại: đã ra khỏi quán." }, seen.ETag)).Good();
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject())).Good();
        await Eventually.IsTrueAsync("the second version is there", async () =>
            (int)(await (await hotline.AsFocalPoint("police")).GetAsync($"referrals/{referral}")).Json["fileVersion"]! == 2);

        await focalPoint.GoAsync($"/inbox/{referral}/file");

        await Expect(focalPoint.Page.Locator(".changed li")).ToHaveTextAsync([new System.Text.RegularExpressions.Regex("Tóm tắt")]);
        await focalPoint.Page.ClickAsync(".changed summary");
        await Expect(focalPoint.Page.Locator(".changed details p")).ToContainTextAsync("karaoke");
        await focalPoint.IsReadableAsync($"/inbox/{referral}/file", "agency-changed");
    }

    [Test]
    public async Task Should_read_well_with_the_longest_texts()
    {
        var longest = Samples.Call();
        longest["summary"] = string.Concat(Enumerable.Repeat("Người báo tin kể lại rất dài, từng việc một, theo đúng thứ tự đã nghe. ", 60))[..4000];
        longest["persons"]![0]!["fullName"] = "Nguyễn Phúc Công Tằng Tôn Nữ Thị Hồng Ngọc Bích Phượng Khánh Huyền " + new string('x', 120);
        longest["persons"]![0]!["notes"] = "một_chuỗi_không_có_khoảng_trắng_" + new string('x', 300);
        longest["placeOfEvent"]!["detail"] = "một_chuỗi_không_có_khoảng_trắng_" + new string('x', 160);
        longest["safety"] = new JsonObject { ["callerInImmediateDanger"] = true, ["safeToCallBack"] = null, ["voicemailAllowed"] = null };
        var referral = await ReferAsync("P0", longest);

        await focalPoint.IsReadableAsync($"/inbox/{referral}", "agency-coded");
        await focalPoint.IsReadableAsync($"/inbox/{referral}/file", "agency-file");
        await focalPoint.IsReadableAsync("/inbox", "agency-inbox");
    }

    [Test]
    public async Task Should_say_how_an_empty_inbox_and_one_of_500_stand()
    {
        await using var guard = await Reader.SignInAsync(hotline, "border-guard", "dutyOfficer");
        await guard.IsReadableAsync("/inbox", "agency-inbox-empty");
        await hotline.ExecuteAsync(
            "border-guard",
            """
            insert into referrals (id, reference, case_code, class, urgency, province_code, desk, purpose, ground, unit, key_id, state, file_version, referred_at, received_at, acknowledge_by)
            select gen_random_uuid(), 'CT-2026-' || lpad(n::text, 6, '0'), 'MBN-2026-' || lpad(n::text, 6, '0'), case when n % 50 = 0 then 'exercise' else 'live' end, 'P' || n % 4, '01', 'central',
              'investigation', 'legal-duty', 'central', gen_random_uuid(), 'delivered', 1, hotline_now(), hotline_now(), hotline_now() + n * interval '1 minute'
            from generate_series(1, 500) n
            """);

        await guard.IsReadableAsync("/inbox", "agency-inbox-500");

        await guard.GoAsync("/inbox");
        await Expect(guard.Page.Locator(".inbox > li")).ToHaveCountAsync(200);
        await Expect(guard.Page.Locator(".left .empty")).ToContainTextAsync("Còn 300");
    }

    [Test]
    public async Task Should_refuse_wrong_roles_and_removed_designations_in_words()
    {
        var referral = await ReferAsync();
        await using var administrator = await Reader.SignInAsync(hotline, "police", "administrator");
        await administrator.GoAsync($"/inbox/{referral}");
        await Expect(administrator.Page.Locator("main")).ToContainTextAsync("access.denied");

        await hotline.ExecuteAsync(
            "police", "update designations set revoked_at = hotline_now(), revoked_by = 'test' where account_id = (select id from accounts where user_name = 'duty-officer')");
        await officer.GoAsync($"/inbox/{referral}/file");

        await Expect(officer.Page.Locator("main")).ToContainTextAsync("Chỉ cán bộ đầu mối đang được chỉ định mới mở được hồ sơ");
        Assert.That(await officer.AxeAsync(), Is.Empty);
        Assert.That(await hotline.ScalarAsync<long>(
            "police", "select count(*) from referral_history where referral_id = $1 and event = 'content.opened'", referral), Is.Zero);
    }
}
