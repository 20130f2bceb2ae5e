using System.CommandLine;
using System.Diagnostics;
using Hotline.Cli.Drills;
using Hotline.Contracts;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;
using Hotline.Sealing;

namespace Hotline.Cli;

/// <summary><c>hotline drill</c>: a file of calls through the running services, as an operator and officers would.</summary>
static class Drill
{
    const int StandardSeed = 18001567;

    /// <summary>Faster, and a service's own intervals (heartbeats of 15 s) would look like days of silence.</summary>
    const int FastestClock = 600;
    static readonly TimeSpan SecondStepWithin = TimeSpan.FromMinutes(20);

    public static Command Command()
    {
        var state = StateOption.Create();
        var file = new Argument<FileInfo>("FILE") { Description = "Calls with their labels, one JSON object a line; deploy/samples/calls.jsonl is one." };
        var seed = new Option<int>("--seed") { Description = "Decides which officers are late, decline or hand back.", DefaultValueFactory = _ => StandardSeed, HelpName = "NUMBER" };
        var patience = new Option<int>("--patience") { Description = "Seconds to wait for a referral, and for a service that does not answer.", DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
        var byRules = new Option<bool>("--by-rules") { Description = "Refer as the hotline's own rules advise, and fail where they differ from the labels." };
        var silent = new Option<string?>("--nobody-answers") { Description = "The officers of this agency do not answer: the drill shows how its ladder climbs, and that the hub's watch says whom to telephone.", HelpName = "AGENCY" };
        var accelerate = new Option<int>("--accelerate") { Description = "Let the clocks of all databases run so many times faster meanwhile; exercises only.", DefaultValueFactory = _ => 1, HelpName = "TIMES" };
        var command = new Command("drill", "Rehearse: feed a file of calls to the running services, as operators and officers would. Exit code 0 when everything arrived, was answered and opened as sent.")
        {
            file, seed, patience, byRules, silent, accelerate, state,
        };
        command.SetAction((line, cancellation) => RunAsync(
            StateOption.Folder(line, state), line.GetValue(file)!.FullName, line.GetValue(seed), TimeSpan.FromSeconds(line.GetValue(patience)), line.GetValue(byRules),
            line.GetValue(silent), line.GetValue(accelerate), cancellation));
        return command;
    }

    static async Task<int> RunAsync(string folder, string file, int seed, TimeSpan patience, bool byRules, string? silent, int times, CancellationToken cancel)
    {
        var started = Stopwatch.StartNew();
        if (times is < 1 or > FastestClock)
            throw new ProvisioningException($"drill.bad-acceleration: --accelerate takes 1 to {FastestClock}.");
        var calls = DrillCall.ReadAll(file);
        var accounts = AccountsOf(folder, calls);
        if (silent is not null && accounts.All(account => account.Service != silent || silent == Parties.Hub))
            throw new ProvisioningException($"drill.unknown-agency: this hotline has no agency {silent}.");
        var hub = accounts.First(account => account is { Service: Parties.Hub, Role: "operator" });
        using var desk = new Session(hub, patience);
        if (!await desk.AnswersAsync(cancel)) throw new ProvisioningException($"Nothing answers at {hub.BaseUrl}. Is `hotline up` running?");
        var (plan, record) = (DrillPlan.Of(calls, seed, silent), new DrillRecord());
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var clocks = times == 1 ? Task.CompletedTask : ExerciseClocks.RunAsync(StateOption.Existing(folder), times, over.Token);
        try
        {
            var rehearsing = new Screen(record, calls.Count).ShowAsync(
                RehearseAsync(calls, desk, accounts, plan, record, patience, byRules, silent is null ? null : ClimbWithin(patience, times), cancel), cancel);
            // A clock that cannot be moved ends the drill at once.
            if (await Task.WhenAny(rehearsing, clocks) == clocks)
                await clocks;
            await rehearsing;
        }
        finally
        {
            await over.CancelAsync();
            await clocks;
        }
        return Summary.Print(record, calls.Count, seed, started.Elapsed);
    }

    /// <summary>The second step of a P1 comes after a quarter of an hour, by the databases' clock.</summary>
    static TimeSpan ClimbWithin(TimeSpan patience, int times) => patience + SecondStepWithin / times;

    static async Task RehearseAsync(
        IReadOnlyList<DrillCall> calls, Session desk, IReadOnlyList<DemoAccount> accounts, DrillPlan plan, DrillRecord record, TimeSpan patience, bool byRules,
        TimeSpan? climbWithin, CancellationToken cancel)
    {
        var watch = new HubWatch(desk, record);
        var agencies = accounts.Where(account => account.Service != Parties.Hub).GroupBy(account => account.Service)
            .ToDictionary(agency => agency.Key, agency => new Officers([.. agency], plan, record, patience));
        try
        {
            var handled = new List<Task>();
            var shift = new OperatorShift(desk, plan, record, byRules, referral =>
            {
                if (referral.Fate != Fate.Unanswered)
                    handled.Add(agencies[referral.Agency].HandleAsync(referral, cancel));
            });
            await watch.WhileAsync(async () =>
            {
                await shift.WorkAsync(calls, cancel);
                await Task.WhenAll(handled);
            }, cancel);
            await watch.SettleAsync(patience, cancel);
            await watch.FindUnaskedAsync(cancel);
            if (climbWithin is { } within)
                await new SilentDesk(desk, record).WatchAsync(within, cancel);
        }
        finally
        {
            foreach (var officers in agencies.Values)
                officers.Dispose();
        }
    }

    static IReadOnlyList<DemoAccount> AccountsOf(string folder, IReadOnlyList<DrillCall> calls)
    {
        var accounts = DemoAccount.Read(folder);
        if (accounts.Count == 0) throw new ProvisioningException($"There are no accounts in {folder}: run `hotline up` first.");
        var keys = Path.Combine(folder, "keys");
        if (File.Exists(Path.Combine(keys, DirectoryAuthor.DirectoryFile)) && DirectoryAuthor.Open(keys).Current.Environment == "production")
            throw new ProvisioningException("drill.in-production: this hotline is in production: invented calls would reach officers on duty as real ones. A drill needs an exercise.");
        var unknown = calls.SelectMany(call => call.Agencies).Distinct().Except(accounts.Select(account => account.Service)).ToList();
        return unknown.Count == 0 ? accounts : throw new ProvisioningException($"This hotline has no agency {string.Join(", ", unknown)}: `hotline agency add` makes one.");
    }
}
