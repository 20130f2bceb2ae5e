using Hotline.Provisioning.Installations;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Deploy.Tests.Drills;

/// <summary>A drill in which one agency's officers do not answer, with clocks that run faster.</summary>
public class When_nobody_answers_a_drill
{
    OwnServers own = null!;
    RunningHotline hotline = null!;

    string Folder => hotline.Installation.Plan.StateFolder;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        // All five, without a prefix, as `up` makes them: so the command finds them.
        own = await OwnServers.StartAsync();
        hotline = await RunningHotline.StartAsync(own, plan => plan with { Prefix = "", SimulateChannels = true });
        hotline.Installation.Plan.Servers.Write(Folder);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await hotline.DisposeAsync();
        await own.DisposeAsync();
    }

    [Test]
    public async Task Should_show_the_ladder_climb_and_whom_the_hotline_would_telephone()
    {
        using var calls = new WrittenCalls(Calls.Line("C-901", urgency: "P0", agencies: ["police", "border-guard"]), Calls.Line("C-902", urgency: "P1", agencies: ["police"]));

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path, "--nobody-answers", "police", "--accelerate", "60");
        var told = output.ReplaceLineEndings(" ");

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("Nobody answered for 2 referrals to police"));
        Assert.That(told, Does.Match(@"C-901, P0\): step 1 after 0:0\d:\d\d .*; step 2 after 0:\d\d:\d\d .*Watch: .*not-acknowledged.*Call sheet: .*\d{3}"));
        Assert.That(told, Does.Match(@"C-902, P1\): step 1 .*; step 2 "));
        Assert.That(output, Does.Contain("Left open: nothing."));
    }

    [Test]
    public async Task Should_move_the_clocks_of_all_parties_together()
    {
        using var calls = new WrittenCalls(Calls.Line("C-903", urgency: "P1", agencies: ["border-guard"]));

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path, "--accelerate", "60");

        var ahead = new List<TimeSpan>();
        foreach (var party in hotline.Installation.Parties.Keys)
            ahead.Add(await hotline.ScalarAsync<TimeSpan>(party, "select ahead from exercise_clock"));
        Assert.That(exitCode, Is.Zero, output);
        Assert.That(ahead, Has.All.GreaterThan(TimeSpan.Zero).And.All.EqualTo(ahead[0]));
    }

    [TestCase("drill.bad-acceleration", "--accelerate", "0")]
    [TestCase("drill.bad-acceleration", "--accelerate", "601")]
    [TestCase("drill.unknown-agency", "--nobody-answers", "navy")]
    [TestCase("drill.unknown-agency", "--nobody-answers", "intake")]
    public async Task Should_refuse(string code, params string[] words)
    {
        using var calls = new WrittenCalls(Calls.Line(agencies: "police"));

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, ["drill", calls.Path, .. words]);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain(code));
    }

    [Test]
    public async Task Should_not_pass_when_no_call_is_for_the_agency()
    {
        using var calls = new WrittenCalls(Calls.Line("C-904", agencies: "border-guard"));

        var (exitCode, output) = await HotlineCommand.RunAsync(Folder, "drill", calls.Path, "--nobody-answers", "police");

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("drill.nobody-asked"));
    }
}

/// <summary>A hotline in production: nothing there may be rehearsed, and no clock moved.</summary>
public class When_a_drill_is_asked_for_in_production
{
    [Test]
    public async Task Should_refuse_with_a_code_and_move_no_clock()
    {
        await using var hotline = await RunningHotline.PrepareAsync(plan => plan with { Prefix = "prod", Environment = "production" }, "police");
        hotline.Installation.Plan.Servers.Write(hotline.Installation.Plan.StateFolder);
        using var calls = new WrittenCalls(Calls.Line(agencies: "police"));

        var (exitCode, output) = await HotlineCommand.RunAsync(hotline.Installation.Plan.StateFolder, "drill", calls.Path, "--accelerate", "60");

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("drill.in-production"));
        Assert.That(() => ExerciseClocks.RunAsync(hotline.Installation.Plan, 60, CancellationToken.None), Throws.Exception.With.Message.Contains("drill.in-production"));
    }
}
