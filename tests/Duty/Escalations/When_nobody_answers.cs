using Hotline.Duty.Escalations;
using Hotline.Duty.Ladders;
using Hotline.Duty.Tests.Desks;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Escalations;

/// <summary>The ladder on a real database, hour by hour (escalation.md, "Shown by tests").</summary>
public sealed class When_nobody_answers
{
    PoliceDesk desk = null!;
    DeskNode node = null!;

    [OneTimeSetUp]
    public async Task Open()
    {
        desk = await PoliceDesk.OpenAsync();
        node = desk.Node();
    }

    [OneTimeTearDown]
    public async Task Close() => await desk.DisposeAsync();

    [TearDown]
    public async Task Clear()
    {
        await desk.ExecuteAsync("delete from page_attempts");
        await desk.ExecuteAsync("delete from escalations");
        await desk.ExecuteAsync("delete from rosters");
        await desk.ExecuteAsync("delete from duty_plans");
    }

    [Test]
    public async Task Should_page_the_primary_then_the_deputy_then_the_head_then_the_national_desk()
    {
        var (an, anPhone) = Roll.Next("an");
        var (binh, binhPhone) = Roll.Next("binh");
        var (chi, chiPhone) = Roll.Next("chi");
        var (dung, dungPhone) = Roll.Next("dung");
        foreach (var (name, phone) in new[] { (an, anPhone), (binh, binhPhone), (chi, chiPhone), (dung, dungPhone) })
            await desk.OfficerAsync(name, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}", $"deputy={binh}", $"head={chi}");
        await desk.RosterAsync("central", $"primary={dung}");
        var subject = await desk.OpenEscalationAsync("P0", "01");

        var steps = new List<string>();
        for (var step = 0; step < 4; step++)
        {
            var before = desk.Simulator.Devices.Messages.Count;
            await node.WorkAndSendAsync();
            steps.Add(string.Join(", ", desk.Simulator.Devices.Messages.Skip(before).Select(m => m.To).Order()));
            await desk.ForwardAsync(TimeSpan.FromMinutes(5));
        }

        Assert.That(steps, Is.EqualTo(new[] { anPhone, $"{anPhone}, {binhPhone}", $"{binhPhone}, {chiPhone}", dungPhone }));
        Assert.That((await desk.EscalationAsync(subject)).Loop, Is.EqualTo(1));
    }

    [Test, Category("escalation.md 4")]
    public async Task Should_let_the_acknowledgement_stand_when_the_timer_fires_in_the_same_instant()
    {
        var (an, phone) = Roll.Next("an");
        var account = await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        var subjects = new List<Guid>();
        for (var i = 0; i < 20; i++)
            subjects.Add(await desk.OpenEscalationAsync("P1", "01"));

        await Task.WhenAll(
            Task.Run(node.WorkAsync),
            Task.Run(async () =>
            {
                foreach (var subject in subjects)
                    await desk.HappenAsync(subject, new EscalationEvent.Acknowledged(account, AnsweredHow.Console));
            }));
        await node.WorkAndSendAsync();

        foreach (var subject in subjects)
        {
            Assert.That((await desk.EscalationAsync(subject)).Status, Is.EqualTo(EscalationStatus.Acknowledged));
            Assert.That(await desk.PagesAsync(subject, "sms"), Has.All.EndsWith("not-sent superseded").Or.Empty);
        }
        Assert.That(desk.PhoneOf(phone), Is.Empty);
    }

    [Test, Category("escalation.md 5")]
    public async Task Should_page_again_after_an_acknowledgement_and_then_silence()
    {
        var (an, phone) = Roll.Next("an");
        var account = await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await node.WorkAndSendAsync();
        await desk.HappenAsync(subject, new EscalationEvent.Acknowledged(account, AnsweredHow.Console));

        await desk.ForwardAsync(TimeSpan.FromMinutes(29));
        await node.WorkAndSendAsync();
        var before = desk.PhoneOf(phone).Count;
        await desk.ForwardAsync(TimeSpan.FromMinutes(2));
        await node.WorkAndSendAsync();

        Assert.That(before, Is.EqualTo(1));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(2));
    }

    [Test, Category("escalation.md 5")]
    public async Task Should_page_again_when_the_content_stays_closed_after_an_answer_by_link()
    {
        var (an, phone) = Roll.Next("an");
        var account = await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await node.WorkAndSendAsync();
        await desk.HappenAsync(subject, new EscalationEvent.Acknowledged(account, AnsweredHow.Link));

        await desk.ForwardAsync(TimeSpan.FromMinutes(11));
        await node.WorkAndSendAsync();

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(2));
    }

    [Test, Category("escalation.md 6")]
    public async Task Should_page_whoever_is_on_duty_now_as_well_when_the_shift_ended_before_anything_was_done()
    {
        var (an, anPhone) = Roll.Next("an");
        var (binh, binhPhone) = Roll.Next("binh");
        var account = await desk.OfficerAsync(an, $"sms:{anPhone}");
        await desk.OfficerAsync(binh, $"sms:{binhPhone}");
        await desk.RosterAsync("01", $"primary={an}");
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await node.WorkAndSendAsync();
        await desk.HappenAsync(subject, new EscalationEvent.Acknowledged(account, AnsweredHow.Console));

        await desk.RosterAsync("01", $"primary={binh}");
        await desk.ForwardAsync(TimeSpan.FromMinutes(31));
        await node.WorkAndSendAsync();

        Assert.That(desk.PhoneOf(anPhone), Has.Count.EqualTo(2));
        Assert.That(desk.PhoneOf(binhPhone), Has.Count.EqualTo(1));
    }

    [Test, Category("escalation.md 7")]
    public async Task Should_skip_a_step_with_nobody_at_once()
    {
        var (chi, phone) = Roll.Next("chi");
        await desk.OfficerAsync(chi, $"sms:{phone}");
        await desk.RosterAsync("01", $"head={chi}");
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await node.WorkAndSendAsync();

        Assert.That(await desk.PagesAsync(subject, "sms"), Is.EqualTo(new[] { $"3.0 {chi} sms delivered" }).Or.EqualTo(new[] { $"3.0 {chi} sms accepted-by-provider" }));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
    }

    [Test, Category("escalation.md 7")]
    public async Task Should_page_the_national_desk_where_only_a_telephone_is_on_duty_that_no_program_may_ring()
    {
        var (dung, phone) = Roll.Next("dung");
        await desk.OfficerAsync(dung, $"sms:{phone}");
        await desk.RosterAsync("central", $"primary={dung}");
        await desk.OldTelephoneAsync("01", "Trực ban");
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await node.WorkAndSendAsync();

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
        Assert.That(await desk.PagesAsync(subject, "call"), Is.EqualTo(new[] { "1.0 Trực ban call not-sent call-sheet" }));
    }

    [Test, Category("escalation.md 7")]
    public async Task Should_skip_a_step_where_only_a_telephone_is_on_duty_that_no_program_may_ring()
    {
        var (chi, phone) = Roll.Next("chi");
        await desk.OfficerAsync(chi, $"sms:{phone}");
        await desk.RosterAsync("central", $"head={chi}");
        await desk.OldTelephoneAsync("01", "Trực ban");
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await node.WorkAndSendAsync();

        Assert.That((await desk.PagesAsync(subject, "sms")).Single(), Does.StartWith($"3.0 {chi} sms"));
    }

    [Test]
    public async Task Should_lose_no_more_than_a_contact_whose_address_does_not_open()
    {
        var (an, anPhone) = Roll.Next("an");
        var (binh, binhPhone) = Roll.Next("binh");
        var account = await desk.OfficerAsync(an, $"sms:{anPhone}", $"email:{an}@police.example");
        await desk.OfficerAsync(binh, $"sms:{binhPhone}");
        await desk.RosterAsync("01", $"primary={an},{binh}");
        await desk.ExecuteAsync("update officer_contacts set address = decode(repeat('00', 80), 'hex') where account_id = $1 and channel = 'sms'", account);
        var subject = await desk.OpenEscalationAsync("P0", "01");

        await node.WorkAndSendAsync();

        Assert.That((desk.PhoneOf(anPhone).Count, desk.PhoneOf(binhPhone).Count), Is.EqualTo((0, 1)));
        Assert.That(await desk.PagesAsync(subject, "email"), Has.Count.EqualTo(1));
        Assert.That(await desk.ScalarAsync<long>("select count(*) from alarms where code = 'storage.seal-broken'"), Is.EqualTo(1));
    }

    [Test, Category("escalation.md 7")]
    public async Task Should_alarm_when_all_steps_are_empty_and_find_whoever_comes_on_duty()
    {
        var (dung, phone) = Roll.Next("dung");
        await desk.OfficerAsync(dung, $"sms:{phone}");
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await node.WorkAndSendAsync();
        var alarm = await desk.ScalarAsync<string>("select code from alarms where referral_id = $1", subject);

        await desk.RosterAsync("central", $"primary={dung}");
        await desk.ForwardAsync(TimeSpan.FromMinutes(5));
        await node.WorkAndSendAsync();

        Assert.That(alarm, Is.EqualTo("escalation.nobody-on-duty"));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
    }

    [Test, Category("escalation.md 8")]
    public async Task Should_still_page_when_nobody_answers_for_48_hours()
    {
        var (dung, phone) = Roll.Next("dung");
        await desk.OfficerAsync(dung, $"sms:{phone}");
        await desk.RosterAsync("central", $"primary={dung}");
        var subject = await desk.OpenEscalationAsync("P0", "01");

        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromHours(48); passed += TimeSpan.FromMinutes(30))
        {
            await node.WorkAndSendAsync();
            await desk.ForwardAsync(TimeSpan.FromMinutes(30));
        }

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(96));
        Assert.That((await desk.EscalationAsync(subject)).Status, Is.EqualTo(EscalationStatus.Paging));
    }

    [Test, Category("escalation.md 9")]
    public async Task Should_ring_when_the_office_opens_though_everything_was_restarted_meanwhile()
    {
        var (an, phone) = Roll.Next("an");
        await desk.OfficerAsync(an, $"sms:{phone}", $"email:{an}@police.example");
        await desk.RosterAsync("01", $"primary={an}");
        await desk.ForwardToAsync("2027-06-08 23:00"); // a Tuesday
        var subject = await desk.OpenEscalationAsync("P2", "01", TimeSpan.FromHours(24));
        await node.WorkAndSendAsync();
        var atNight = desk.PhoneOf(phone).Count;

        var restarted = desk.Node();
        await desk.ForwardToAsync("2027-06-09 08:01");
        await restarted.SendAsync();

        Assert.That(atNight, Is.Zero);
        Assert.That(desk.Simulator.Devices.Mails.Count(m => m.To == $"{an}@police.example"), Is.EqualTo(1));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
        Assert.That((await desk.PagesAsync(subject, "sms"))[0], Does.StartWith($"1.0 {an} sms"));
    }

    [Test, Category("escalation.md 11")]
    public async Task Should_ring_before_the_deadline_of_a_raised_urgency()
    {
        var (an, phone) = Roll.Next("an");
        await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        await desk.ForwardToAsync("2027-06-01 22:00"); // a Tuesday
        var subject = await desk.OpenEscalationAsync("P3", "01", TimeSpan.FromHours(24));
        await node.WorkAndSendAsync();

        await desk.HappenAsync(subject, new EscalationEvent.UrgencyRaised("P2", await desk.NowAsync() + TimeSpan.FromHours(10.5)));
        await node.WorkAndSendAsync();
        await desk.ForwardToAsync("2027-06-02 06:31");
        await node.SendAsync();

        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
    }

    [Test, Category("escalation.md 11")]
    public async Task Should_page_from_the_first_step_when_the_urgency_is_raised_after_an_acknowledgement()
    {
        var (an, phone) = Roll.Next("an");
        var account = await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        var subject = await desk.OpenEscalationAsync("P1", "01");
        await node.WorkAndSendAsync();
        await desk.HappenAsync(subject, new EscalationEvent.Acknowledged(account, AnsweredHow.Console));

        await desk.HappenAsync(subject, new EscalationEvent.UrgencyRaised("P0", await desk.NowAsync()));
        await node.WorkAndSendAsync();

        Assert.That(desk.PhoneOf(phone)[^1].Text, Does.Contain("P0"));
        Assert.That((await desk.EscalationAsync(subject)).Policy!.Ladder.Urgency, Is.EqualTo("P0"));
    }

    [Test, Category("escalation.md 12")]
    public async Task Should_go_on_by_the_copied_ladder_when_the_policy_loses_a_step_meanwhile()
    {
        var (an, _) = Roll.Next("an");
        var (binh, binhPhone) = Roll.Next("binh");
        await desk.OfficerAsync(an);
        await desk.OfficerAsync(binh, $"sms:{binhPhone}");
        await desk.RosterAsync("01", $"primary={an}", $"deputy={binh}");
        var subject = await desk.OpenEscalationAsync("P0", "01");
        await node.WorkAndSendAsync();

        var plan = DefaultPlan.Of(null);
        await desk.PlanAsync(plan with { Ladders = [.. plan.Ladders!.Select(l => l with { Steps = [.. l.Steps!.Take(1)] })] });
        await desk.ForwardAsync(TimeSpan.FromMinutes(5));
        await node.WorkAndSendAsync();

        Assert.That((await desk.EscalationAsync(subject)).Policy!.Ladder.Steps, Has.Count.EqualTo(4));
        Assert.That(desk.PhoneOf(binhPhone), Has.Count.EqualTo(1));
    }

    [Test, Category("escalation.md 12")]
    public async Task Should_page_the_new_number_and_not_an_officer_who_was_deactivated_while_escalating()
    {
        var (an, anPhone) = Roll.Next("an");
        var (binh, binhPhone) = Roll.Next("binh");
        var (_, newPhone) = Roll.Next("moi");
        await desk.OfficerAsync(an, $"sms:{anPhone}");
        var binhAccount = await desk.OfficerAsync(binh, $"sms:{binhPhone}");
        await desk.RosterAsync("01", $"primary={an},{binh}");
        await desk.OpenEscalationAsync("P0", "01");
        await node.WorkAndSendAsync();

        await desk.ExecuteAsync("update accounts set disabled_at = hotline_now() where user_name = $1", an);
        await desk.ExecuteAsync("update officer_contacts set removed_at = hotline_now() where account_id = $1", binhAccount);
        await desk.ContactAsync(binh, $"sms:{newPhone}");
        await desk.ForwardAsync(TimeSpan.FromMinutes(5));
        await node.WorkAndSendAsync();

        Assert.That((desk.PhoneOf(anPhone).Count, desk.PhoneOf(binhPhone).Count, desk.PhoneOf(newPhone).Count), Is.EqualTo((1, 1, 1)));
    }

    [Test, Category("escalation.md 16")]
    public async Task Should_take_one_step_each_after_two_hours_of_standstill_most_urgent_first()
    {
        var (an, phone) = Roll.Next("an");
        await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        var subjects = new List<Guid>();
        for (var i = 0; i < 40; i++)
            subjects.Add(await desk.OpenEscalationAsync(i % 2 == 0 ? "P1" : "P0", "01"));
        await node.WorkAsync();
        await desk.ForwardAsync(TimeSpan.FromHours(2));

        await node.WorkOnceAsync();
        var first = await desk.ScalarAsync<long>("select count(*) from escalations where urgency = 'P0' and step = 2");
        await node.WorkAsync();

        Assert.That(first, Is.EqualTo(20));
        foreach (var subject in subjects)
            Assert.That((await desk.EscalationAsync(subject)).Step, Is.EqualTo(2));
    }

    [Test, Category("escalation.md 18")]
    public async Task Should_park_a_poison_row_with_an_alarm_and_go_on_with_the_others()
    {
        var (an, phone) = Roll.Next("an");
        await desk.OfficerAsync(an, $"sms:{phone}");
        await desk.RosterAsync("01", $"primary={an}");
        var poison = await desk.OpenEscalationAsync("P0", "01");
        var good = await desk.OpenEscalationAsync("P0", "01");
        await desk.PoisonAsync(poison);

        await desk.ParkAsync(node);
        await node.SendAsync();

        Assert.That(await desk.ScalarAsync<string>("select status from escalations where subject_id = $1", poison), Is.EqualTo("parked"));
        Assert.That(await desk.ScalarAsync<long>("select count(*) from alarms where code = 'escalation.parked' and referral_id = $1", poison), Is.EqualTo(1));
        Assert.That(await desk.PagesAsync(good, "sms"), Has.Count.EqualTo(1));
        Assert.That(desk.PhoneOf(phone), Has.Count.EqualTo(1));
    }
}
