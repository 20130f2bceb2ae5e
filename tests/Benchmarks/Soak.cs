using System.CommandLine;
using System.Diagnostics;
using Hotline.Benchmarks.Figures;
using Hotline.Provisioning.Hosts;
using Spectre.Console;

namespace Hotline.Benchmarks;

/// <summary><c>soak</c>: what <c>dotnet test</c> does in small, in its full sizes, again and again for so long.</summary>
static class Soak
{
    public static Command Command()
    {
        var scale = new Option<int>("--scale") { Description = "HOTLINE_TEST_SCALE: how many times the everyday size.", DefaultValueFactory = _ => 10 };
        var minutes = new Option<int>("--minutes") { Description = "Starts another round until then; 0 = one round.", DefaultValueFactory = _ => 0 };
        var filter = new Option<string>("--filter") { Description = "Which tests, as for dotnet test.", DefaultValueFactory = _ => "TestCategory=Scaled" };
        var json = new Option<string?>("--json") { Description = "File to write the rounds to." };
        var command = new Command("soak", "The tests in their full sizes, for so many minutes.") { scale, minutes, filter, json };
        command.SetAction((line, _) => RunAsync(line.GetValue(scale), line.GetValue(minutes), line.GetValue(filter)!, line.GetValue(json)));
        return command;
    }

    sealed record Round(int Number, double Seconds, bool Passed);

    static async Task<int> RunAsync(int scale, int minutes, string filter, string? json)
    {
        var (watch, rounds) = (Stopwatch.StartNew(), new List<Round>());
        do
        {
            var before = watch.Elapsed;
            var passed = await TestAsync(scale, filter);
            rounds.Add(new Round(rounds.Count + 1, (watch.Elapsed - before).TotalSeconds, passed));
            AnsiConsole.WriteLine($"round {rounds.Count}: {(passed ? "passed" : "FAILED")} after {rounds[^1].Seconds:F0} s, load {Machine.LoadAverage():F1}");
        }
        while (watch.Elapsed < TimeSpan.FromMinutes(minutes));

        var table = new Table().AddColumns("round", "seconds", "");
        rounds.ForEach(r => table.AddRow($"{r.Number}", $"{r.Seconds:F0}", r.Passed ? "passed" : "FAILED"));
        AnsiConsole.Write(table);
        Json.Write(json, new { scale, filter, rounds, failed = rounds.Count(r => !r.Passed) });
        return rounds.TrueForAll(r => r.Passed) ? 0 : 1;
    }

    static async Task<bool> TestAsync(int scale, string filter)
    {
        using var test = Process.Start(new ProcessStartInfo("dotnet", ["test", Path.Combine(Clone.Folder, "Hotline.sln"), "-c", "Release", "--filter", filter, "--nologo"])
        {
            Environment = { ["HOTLINE_TEST_SCALE"] = scale.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        })!;
        await test.WaitForExitAsync();
        return test.ExitCode == 0;
    }
}
