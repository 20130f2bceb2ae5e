using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Agencies;

/// <summary>Agencies are rows and profiles: the coast guard joins while the others work, without a line of code.</summary>
public sealed class When_an_agency_joins_later
{
    const string Profile = """
        {
          "name": "coast-guard", "nameVi": "Cảnh sát biển", "nameEn": "Coast guard", "discloseOfficers": true, "provinceDesks": [],
          "acknowledgeWithin": { "P0": "00:05:00", "P1": "00:15:00", "P2": "04:00:00", "P3": "1.00:00:00" }
        }
        """;

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

    [Test]
    public async Task Should_be_referred_to_like_the_others()
    {
        var before = await operators.ReferNewAsync("police");
        var file = Path.Combine(hotline.Installation.Plan.StateFolder, "coast-guard-profile.json");
        await File.WriteAllTextAsync(file, Profile);

        await hotline.AddAgencyAsync("coast-guard", file);
        var (referral, officer) = (await operators.ReferNewAsync("coast-guard"), await hotline.AsDutyOfficer("coast-guard"));
        await operators.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        await operators.SeesStateAsync(referral, "acknowledged");
        (await officer.PostAsync($"referrals/{referral}/accept")).Good();
        (await officer.PostAsync($"referrals/{referral}/close", new JsonObject { ["outcome"] = "rescued", ["text"] = "Đã cứu trên biển." })).Good();
        await operators.SeesStateAsync(referral, "closed");

        await operators.SeesStateAsync(before, "delivered");
        await hotline.SettlesAsync("coast-guard", "police");
        await hotline.IsOnceAsync("coast-guard", [referral]);
        await hotline.IsOnceAsync("police", [before]);
        await hotline.NothingIsParkedAsync();
    }
}
