using System.Text.Json;
using System.Text.RegularExpressions;
using Hotline.Deploy.Tests.Drills;
using Hotline.Hosting;
using Hotline.Provisioning.Hosts;
using Hotline.Provisioning.Installations;
using Hotline.Provisioning.Servers;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Deploy.Tests;

/// <summary>Every command on one running hotline, as processes of their own.</summary>
public class When_a_hotline_is_looked_after
{
    RunningHotline hotline = null!;

    string Folder => hotline.Installation.Plan.StateFolder;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        // Without a prefix: as `up` makes it, so that the commands find it.
        hotline = await RunningHotline.StartAsync(plan => plan with { Prefix = "" });
        hotline.Installation.Plan.Servers.Write(Folder);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await hotline.DisposeAsync();

    [Test, Order(1)]
    public async Task Should_pass_the_sample_calls_by_the_hotlines_own_rules()
    {
        var sample = Path.Combine(Clone.Folder, "deploy", "samples", "calls.jsonl");

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", sample, "--by-rules");

        Assert.That(exitCode, Is.Zero, output);
    }

    [Test, Order(1)]
    public async Task Should_pass_the_sample_calls()
    {
        var sample = Path.Combine(Clone.Folder, "deploy", "samples", "calls.jsonl");

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", sample);

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("60 of 60 calls, 36 cases, 72 referrals").And.Contain("1 handed back").And.Contain("Left open: nothing.")
            .And.Contain("C-028: the reporter's name was taken out of the text."));
    }

    [Test, Order(2)]
    public async Task Should_pass_a_case_that_grows_worse_after_earlier_drills()
    {
        using var calls = new WrittenCalls(
            Calls.Line("C-901", agencies: "police"),
            Calls.Line("C-902", agencies: []),
            Calls.Line("C-903", repeatOf: "C-901", urgency: "P0", agencies: ["police", "border-guard"]));

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path, "--seed", "7");

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("3 of 3 calls, 2 cases, 2 referrals, 1 updates"));
    }

    [Test, Order(3)]
    public async Task Should_not_pass_when_an_agency_opens_something_else()
    {
        await using var proxy = await AlteringProxy.StartAsync(hotline.Hosts["police"].Url, "karaoke", "cà phê");
        using var calls = new WrittenCalls(Calls.Line(agencies: "police"));
        using var elsewhere = new StateWith(hotline.Installation.Accounts.Select(account => account.Service == "police" ? account with { BaseUrl = proxy.Url } : account));

        var (exitCode, output) = await HotlineCommand.RunAsync(elsewhere.Folder, "drill", calls.Path);

        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(Unwrapped(output), Does.Contain("what police opened differs from what was sent at /call/summary"));
    }

    [Test, Order(4)]
    public async Task Should_not_pass_when_an_agency_does_not_answer()
    {
        using var calls = new WrittenCalls(Calls.Line(agencies: "womens-union"));
        await hotline.Hosts["womens-union"].StopAsync();

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path, "--patience", "2");

        await hotline.Hosts["womens-union"].StartAsync();
        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("Left open: 1."));
    }

    [Test]
    public async Task Should_refuse_a_file_that_is_none()
    {
        using var calls = new WrittenCalls(Calls.Line(), new() { ["id"] = "C-902" });

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("Line 2"));
    }

    [Test]
    public async Task Should_say_that_nothing_runs()
    {
        using var calls = new WrittenCalls(Calls.Line(agencies: "police"));
        var nowhere = new Uri($"http://127.0.0.1:{LoopbackPort.Find()}");
        using var elsewhere = new StateWith(hotline.Installation.Accounts.Select(account => account with { BaseUrl = nowhere }));

        var (exitCode, output) = await HotlineCommand.RunAsync(elsewhere.Folder, "drill", calls.Path);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("Is `hotline up` running?"));
    }

    [Test, Order(5)]
    public async Task Should_rotate_a_partys_keys_and_go_on()
    {
        var (_, before) = await HotlineCommand.RunAsync(Folder, "keys", "show");

        var (exitCode, after) = await HotlineCommand.RunAsync(Folder, "keys", "rotate", "police");

        Assert.That(exitCode, Is.Zero, after);
        Assert.That(Version(after), Is.EqualTo(Version(before) + 2));
        Assert.That(after, Does.Contain("decryptonly"));
        var referral = await (await hotline.AsOperator()).ReferNewAsync("police");
        await (await hotline.AsDutyOfficer("police")).SeesStateAsync(referral, "delivered");
    }

    [Test, Order(6)]
    public async Task Should_add_an_agency_by_its_profile()
    {
        var profile = Path.Combine(Folder, "coast-guard-profile.json");
        await File.WriteAllTextAsync(profile, (await File.ReadAllTextAsync(Path.Combine(Clone.Folder, "services", "Agencies", "Police", "profile.json")))
            .Replace("\"police\"", "\"coast-guard\"", StringComparison.Ordinal));

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "agency", "add", "coast-guard", "--profile", profile);

        Assert.That(exitCode, Is.Zero, output);
        await using var host = Installation.Open(ExistingInstallation.PlanOf(Folder)).Node("coast-guard");
        await host.StartAsync();
        using var calls = new WrittenCalls(Calls.Line(agencies: "coast-guard"));
        var (drilled, said) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path);
        Assert.That(drilled, Is.Zero, said);
    }

    [Test, Order(7)]
    public async Task Should_refuse_to_restore_under_a_running_service()
    {
        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "restore", "police");

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(Unwrapped(output), Does.Contain("The service of police is running"));
    }

    [Test, Order(8)]
    public async Task Should_heal_an_agency_whose_backup_came_back()
    {
        var backup = Path.Combine(Folder, "police.backup");
        await HotlineCommand.RunAsync(Folder, "backup", "police", backup);
        var (anOperator, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"));
        var referral = await anOperator.ReferNewAsync("police");
        await officer.SeesStateAsync(referral, "delivered");
        (await officer.PostAsync($"referrals/{referral}/acknowledge")).Good();
        await anOperator.SeesStateAsync(referral, "acknowledged");
        await hotline.Hosts["police"].StopAsync();

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "restore", "police", "--from", backup);
        var (again, _) = await HotlineCommand.RunAsync(Folder, "restore", "police", "--from", backup);
        await hotline.Hosts["police"].StartAsync();

        Assert.That((exitCode, again), Is.EqualTo((0, 0)), output);
        Assert.That(await hotline.ScalarAsync<int>("police", "select epoch from party_state"), Is.EqualTo(3), "the same backup twice must not give the same epoch twice");
        // What was acknowledged after the backup is open work again, on both sides.
        using var anew = await Actor.SignInAsync(hotline.Hosts["police"].Url, Account.UserName, Account.Password, Account.TotpSecret);
        await anew.SeesStateAsync(referral, "delivered");
        await anOperator.SeesStateAsync(referral, "delivered");
    }

    [Test, Order(9)]
    public async Task Should_run_a_service_from_its_own_key_folder_alone()
    {
        var party = hotline.Installation.Parties["border-guard"];
        await hotline.Hosts["border-guard"].StopAsync();

        HandOver.Settings(hotline.Installation);

        var file = Path.Combine(party.Settings.KeyFolder, HandOver.SettingsFile);
        var settings = JsonSerializer.Deserialize<HostSettings>(await File.ReadAllTextAsync(file), HostSettings.Json)!;
        Assert.That(new[] { settings.KeyFolder, settings.KeyDirectory, settings.Profile }, Has.All.StartsWith(party.Settings.KeyFolder));
        await using var host = new HostProcess("border-guard", hotline.Installation.Plan.Programs.For("border-guard"), file, party.Url, Path.Combine(Folder, "logs", "handed-over.log"));
        await host.StartAsync();
    }

    [Test, Order(10)]
    public async Task Should_bring_back_what_the_hotlines_backup_does_not_know()
    {
        var backup = Path.Combine(Folder, "intake.backup");
        var (anOperator, officer) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("womens-union"));
        await HotlineCommand.RunAsync(Folder, "backup", "intake", backup);
        var (_, caseId) = await anOperator.OpenCaseAsync();
        var forgotten = (await anOperator.ReferAsync(caseId, "womens-union")).Good();
        await officer.SeesStateAsync(forgotten.Id, "delivered");
        (await officer.PostAsync($"referrals/{forgotten.Id}/acknowledge")).Good();
        await anOperator.SeesStateAsync(forgotten.Id, "acknowledged");
        await hotline.Hosts["intake"].StopAsync();

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "restore", "intake", "--from", backup);
        await hotline.Hosts["intake"].StartAsync();

        Assert.That(exitCode, Is.Zero, output);
        await anOperator.SeesStateAsync(forgotten.Id, "acknowledged");
        var (_, nextCase) = await anOperator.OpenCaseAsync();
        var next = (await anOperator.ReferAsync(nextCase, "womens-union")).Good();
        Assert.That(next["reference"], Is.GreaterThan(forgotten["reference"]), "a number that others know must not be given twice");
    }

    DemoAccount Account => hotline.Installation.Accounts.First(account => account is { Service: "police", Role: "dutyOfficer" });

    static int Version(string output) => int.Parse(Regex.Match(output, @"Directory version (\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Without the breaks of an eighty-column terminal.</summary>
    static string Unwrapped(string output) => output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal);

    /// <summary>A state folder with nothing but accounts.</summary>
    sealed class StateWith : IDisposable
    {
        public StateWith(IEnumerable<DemoAccount> accounts) => DemoAccount.Write(Folder, accounts);

        public string Folder { get; } = Directory.CreateTempSubdirectory("hotline-drill-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
