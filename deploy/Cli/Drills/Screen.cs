using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Hotline.Cli.Drills;

/// <summary>What is to be seen while a drill runs: a table on a terminal, plain lines elsewhere. Codes and times, no words of a case.</summary>
sealed class Screen(DrillRecord record, int calls)
{
    const int Rows = 20;
    static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(2);

    public Task ShowAsync(Task work, CancellationToken cancel) =>
        AnsiConsole.Profile.Capabilities.Interactive && AnsiConsole.Profile.Capabilities.Ansi ? ShowLiveAsync(work, cancel) : ShowLinesAsync(work, cancel);

    Task ShowLiveAsync(Task work, CancellationToken cancel) => AnsiConsole.Live(Picture()).AutoClear(true).StartAsync(async live =>
    {
        while (!work.IsCompleted)
        {
            live.UpdateTarget(Picture());
            await Task.WhenAny(work, Task.Delay(Refresh, cancel));
        }
        await work;
    });

    async Task ShowLinesAsync(Task work, CancellationToken cancel)
    {
        var said = "";
        while (!work.IsCompleted)
        {
            if (Progress() is var line && line != said) AnsiConsole.WriteLine(said = line);
            await Task.WhenAny(work, Task.Delay(LineEvery, cancel));
        }
        await work;
        AnsiConsole.WriteLine(Progress());
    }

    string Progress()
    {
        var states = record.Referrals.CountBy(referral => referral.State).OrderBy(state => state.Key, StringComparer.Ordinal).Select(state => $"{state.Value} {state.Key}");
        return $"calls {record.Logged}/{calls}, cases {record.Cases.Count}, referrals {record.Referrals.Count} ({string.Join(", ", states)})";
    }

    Rows Picture()
    {
        var table = new Table { Border = TableBorder.Rounded }.AddColumns("Call", "Case", "Referral", "Agency", "Urgency", "State", "Delivered", "Acknowledged");
        // What is not over first, the newest first.
        foreach (var referral in record.Referrals.Reverse().OrderBy(referral => referral.IsFinal).Take(Rows))
            table.AddRow(
                Markup.Escape(referral.Call), referral.Case.Code, referral.Reference, Markup.Escape(referral.Agency), referral.Urgency, Coloured(referral),
                After(referral.CreatedAt, referral.DeliveredAt), After(referral.CreatedAt, referral.AcknowledgedAt));
        return new Rows((IRenderable[])[new Text(Progress()), table]);
    }

    static string Coloured(DrillReferral referral) => referral.State switch
    {
        "closed" => "[green]closed[/]",
        "declined" or "revoked" => $"[yellow]{referral.State}[/]",
        "acknowledged" or "accepted" => $"[blue]{referral.State}[/]",
        var early => $"[grey]{early}[/]",
    };

    static string After(DateTimeOffset start, DateTimeOffset? end) =>
        end is null ? "" : (end.Value - start).TotalMilliseconds.ToString("0 ms", CultureInfo.InvariantCulture);
}
