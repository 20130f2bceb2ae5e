using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Messages;

/// <summary>The broker delivers at least once and in any order, and a copy of a message may come back much later.</summary>
public sealed class When_messages_come_again
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        operators = await hotline.AsOperator();
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test, Order(1)]
    public async Task Should_have_one_effect_and_one_receipt_however_often_they_come()
    {
        hotline.Hosts["police"].Kill();
        var referral = await operators.ReferNewAsync("police");
        var message = (await TakeAsync(referral)).Single();
        for (var copy = 0; copy < 5; copy++)
            await PublishAsync(message);

        await hotline.Hosts["police"].StartAsync();

        await operators.SeesStateAsync(referral, "delivered");
        await hotline.SettlesAsync("police");
        await hotline.IsOnceAsync("police", [referral]);
    }

    [Test, Order(2)]
    public async Task Should_come_to_the_same_end_in_reverse_order()
    {
        hotline.Hosts["police"].Kill();
        var referral = await operators.ReferNewAsync("police", "P2");
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject { ["urgency"] = "P0" })).Good();
        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "Gọi lại sau 20 giờ." })).Good();
        (await operators.PostAsync($"referrals/{referral}/answered-by-phone", new JsonObject
        {
            ["person"] = "Trực ban",
            ["unit"] = "central",
            ["number"] = "02439999999",
            ["at"] = "2026-06-18T23:00:00+07:00",
        })).Good();
        foreach (var message in (await TakeAsync(referral)).Reverse())
            await PublishAsync(message);

        await hotline.Hosts["police"].StartAsync();

        await operators.SeesStateAsync(referral, "delivered");
        await hotline.SettlesAsync("police");
        var (urgency, version) = (
            await hotline.ScalarAsync<string>("police", "select urgency from referrals where id = $1", referral),
            await hotline.ScalarAsync<int>("police", "select file_version from referrals r join inbox i on i.jti = r.file_jti where id = $1 and i.seq = 2", referral));
        Assert.That((urgency, version), Is.EqualTo(("P0", 2)), "The file in force is not the last one sent.");
        Assert.That(await hotline.ScalarAsync<bool>("police", "select answered_by_phone_at is not null from referrals where id = $1", referral), Is.True);
        await hotline.IsOnceAsync("police", [referral]);
    }

    [Test, Order(2)]
    public async Task Should_page_as_urgently_and_at_the_desk_that_an_update_says_which_overtakes_the_referral()
    {
        hotline.Hosts["police"].Kill();
        var (_, caseId) = await operators.OpenCaseAsync();
        var referral = (await operators.ReferAsync(caseId, "police", "P2")).Good().Id;
        var later = Samples.Call();
        later["complaint"] = new JsonObject { ["againstAgency"] = "police", ["acts"] = new JsonArray("other") };
        var logged = (await operators.PostAsync("calls", later)).Good();
        (await operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = logged["id"] })).Good();
        (await operators.PostAsync($"referrals/{referral}/updates", new JsonObject { ["urgency"] = "P0" })).Good();
        var messages = await TakeAsync(referral);
        await hotline.Hosts["police"].StartAsync();

        await ArriveAsync(messages.Reverse());

        Assert.That(await hotline.ScalarAsync<string>(
            "police", "select concat_ws(' ', e.urgency, e.unit, r.urgency, r.desk, r.unit) from escalations e join referrals r on r.id = e.subject_id where r.id = $1", referral),
            Is.EqualTo("P0 central P0 central central"));
    }

    /// <summary>Order is the hub's, not that of arrival.</summary>
    [Test, Order(2)]
    public async Task Should_stop_the_pages_that_ran_when_an_answer_was_spoken_and_none_that_started_later()
    {
        hotline.Hosts["police"].Kill();
        var (before, after) = (new List<Guid>(), new List<Guid>());
        var messages = new List<byte[]>();
        foreach (var order in (int[][])[[0, 1, 2], [0, 2, 1], [2, 0, 1], [2, 1, 0]])
            foreach (var (referrals, words) in ((List<Guid>, string[])[])[(before, ["answered-by-phone", "updates"]), (after, ["updates", "answered-by-phone"])])
            {
                var referral = await operators.ReferNewAsync("police", "P2");
                foreach (var word in words)
                    (await operators.PostAsync($"referrals/{referral}/{word}", word == "updates" ? new JsonObject { ["urgency"] = "P0" } : new JsonObject { ["person"] = "Trực ban" })).Good();
                var taken = await TakeAsync(referral);
                messages.AddRange(order.Select(place => taken[place]));
                referrals.Add(referral);
            }
        await hotline.Hosts["police"].StartAsync();

        await ArriveAsync(messages);

        Assert.That(await StatusAsync(before), Is.EqualTo(new[] { "P0 paging" }), "answered before it was raised");
        Assert.That(await StatusAsync(after), Is.EqualTo(new[] { "P0 acknowledged" }), "answered after it was raised");

        Task<string[]> StatusAsync(List<Guid> referrals) => hotline.ScalarAsync<string[]>(
            "police", "select array_agg(distinct urgency || ' ' || status) from escalations where subject_id = any($1)", referrals.ToArray())!;
    }

    [Test, Order(3)]
    public async Task Should_stay_revoked_when_the_request_overtakes_the_referral()
    {
        hotline.Hosts["police"].Kill();
        var referral = await operators.ReferNewAsync("police");
        await operators.SeesStateAsync(referral, "sent");
        (await operators.PostAsync($"referrals/{referral}/revoke", new JsonObject { ["reason"] = "Nhầm cơ quan." })).Good();
        foreach (var message in (await TakeAsync(referral)).Reverse())
            await PublishAsync(message);

        await hotline.Hosts["police"].StartAsync();

        await operators.SeesStateAsync(referral, "revoked");
        await hotline.SettlesAsync("police");
        var there = await hotline.ScalarAsync<string>("police", "select state from referrals where id = $1 and reference is not null", referral);
        Assert.That(there, Is.EqualTo("revoked"));
    }

    // Last: after 40 days nobody's session is good any more.
    [Test, Order(4)]
    public async Task Should_change_nothing_after_a_minute_after_31_minutes_and_after_40_days()
    {
        hotline.Hosts["police"].Kill();
        var referral = await operators.ReferNewAsync("police");
        var message = (await TakeAsync(referral)).Single();
        var id = PartyVoice.IdOf(message);
        await PublishAsync(message);
        await hotline.Hosts["police"].StartAsync();
        await operators.SeesStateAsync(referral, "delivered");
        var officer = await hotline.AsDutyOfficer("police");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        await operators.SeesStateAsync(referral, "acknowledged");
        await hotline.SettlesAsync("police");
        var before = await SeenAsync(referral);

        foreach (var later in (TimeSpan[])[TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30)])
        {
            await hotline.FastForwardAsync(later);
            await PublishAsync(message);
            await hotline.SettlesAsync("police");
        }
        await hotline.FastForwardAsync(TimeSpan.FromDays(40));
        await PublishAsync(message);
        await Eventually.IsTrueAsync("the old copy is put aside as expired", async () =>
            await hotline.ScalarAsync<long>("police", "select count(*) from parked_messages where code = 'expired' and message_id = $1", id) == 1);
        await hotline.SettlesAsync("police");

        Assert.That(await SeenAsync(referral), Is.EqualTo(before));
        await hotline.IsOnceAsync("police", [referral]);
    }

    /// <summary>State and length of the history at both sides; pages go on and are left out.</summary>
    async Task<string> SeenAsync(Guid referral)
    {
        const string query = "select concat_ws(' ', state, (select count(*) from referral_history h where h.referral_id = r.id and event <> 'escalation.advanced')) from referrals r where id = $1";
        return $"{await hotline.ScalarAsync<string>("intake", query, referral)} / {await hotline.ScalarAsync<string>("police", query, referral)}";
    }

    /// <summary>All that the hotline has sent about a referral, in its own order, before the agency has seen it.</summary>
    async Task<IReadOnlyList<byte[]>> TakeAsync(Guid referral)
    {
        var sent = await hotline.ScalarAsync<Guid[]>("intake", "select array_agg(jti order by seq) from sent_messages where referral_id = $1", referral);
        await using var police = await PartyVoice.OfAsync(hotline.Installation, "police");
        return await police.TakeAsync(sent!);
    }

    /// <summary>Each when the one before has taken effect: what comes together is written together.</summary>
    async Task ArriveAsync(IEnumerable<byte[]> messages)
    {
        foreach (var message in messages)
        {
            await PublishAsync(message);
            var id = PartyVoice.IdOf(message);
            await Eventually.IsTrueAsync("it has arrived", () => hotline.ScalarAsync<bool>("police", "select exists (select from inbox where jti = $1)", id));
        }
    }

    async Task PublishAsync(byte[] message)
    {
        await using var hub = await PartyVoice.OfAsync(hotline.Installation, "intake");
        await hub.PublishBytesAsync("police", message);
    }
}
