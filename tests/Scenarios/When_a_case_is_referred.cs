using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests;

/// <summary>The thin path, end to end: call, case, referral, receipt, named answer.</summary>
public sealed class When_a_case_is_referred
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start() => hotline = await RunningHotline.StartAsync("police");

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_show_each_step_at_the_hotline()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));

        var referral = await operators.ReferNewAsync("police", "P0");
        await operators.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        await operators.SeesStateAsync(referral, "acknowledged");
        (await officer.PostAsync($"referrals/{referral}/accept")).Good();
        (await officer.PostAsync($"referrals/{referral}/progress", new JsonObject { ["text"] = "Đã cử tổ công tác." })).Good();
        (await officer.PostAsync($"referrals/{referral}/close", new JsonObject { ["outcome"] = "rescued", ["text"] = "Đã giải cứu." })).Good();
        await operators.SeesStateAsync(referral, "closed");

        var history = (await operators.GetAsync($"referrals/{referral}/history")).Good();
        var events = history.Json["items"]!.AsArray().Select(i => i!["event"]!.GetValue<string>());
        Assert.That(events, Is.SupersetOf(
            ["referral.queued", "referral.sent", "referral.delivered", "referral.acknowledged", "referral.accepted", "progress.noted", "referral.closed"]));
    }

    [Test]
    public async Task Should_open_at_the_agency_as_it_was_sent()
    {
        var (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));

        var referral = await operators.ReferNewAsync("police");
        await officer.SeesStateAsync(referral, "delivered");
        var content = (await officer.GetAsync($"referrals/{referral}/content")).Good();

        Assert.That(content.Json["call"]!["summary"]!.GetValue<string>(), Is.EqualTo(Samples.Call()["summary"]!.GetValue<string>()));
        Assert.That(content.Json["persons"]![0]!["fullName"]!.GetValue<string>(), Is.EqualTo("Trần Thị Ví Dụ"));
    }
}
