using System.Globalization;
using Spectre.Console;

namespace Hotline.Cli.Drills;

/// <summary>The end of a drill: what was done, how long it took, what is open, and whether it passed.</summary>
static class Summary
{
    static readonly string[] Urgencies = ["P0", "P1", "P2", "P3"];

    /// <returns>Exit code: 0 = every referral final or answered, everything opened as it was sent, nothing referred unasked.</returns>
    public static int Print(DrillRecord record, int calls, int seed, TimeSpan took)
    {
        var referrals = record.Referrals.ToList();
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[bold]{record.Logged}[/] of {calls} calls, [bold]{record.Cases.Count}[/] cases, [bold]{referrals.Count}[/] referrals, {record.Updates} updates in {took.TotalSeconds:0.0} s (seed {seed})");
        AnsiConsole.Write(PerAgency(referrals));
        AnsiConsole.Write(Times(referrals));
        var fates = referrals.CountBy(referral => referral.Fate).ToDictionary();
        AnsiConsole.WriteLine($"Officers: {fates.GetValueOrDefault(Fate.ActsLate)} late, {fates.GetValueOrDefault(Fate.Declines)} declined, {fates.GetValueOrDefault(Fate.HandsBack)} handed back.");
        foreach (var remark in record.Remarks)
            AnsiConsole.WriteLine(remark);
        if (record.Climbs.Count > 0)
            AnsiConsole.WriteLine($"Nobody answered for {record.Climbs.Count} referrals to {record.Climbs[0].Referral.Agency}; they stay open and are paged on. The hub shows:");
        foreach (var climb in record.Climbs)
            AnsiConsole.WriteLine(SilentDesk.Line(climb));
        var open = referrals.Where(referral => !referral.IsFinal && referral.Fate != Fate.Unanswered).ToList();
        AnsiConsole.WriteLine(open.Count == 0 ? "Left open: nothing." : $"Left open: {open.Count}.");
        foreach (var referral in open)
            AnsiConsole.WriteLine($"  {referral.Reference} ({referral.Call}, {referral.Agency}, {referral.Urgency}): {referral.State}");
        return Judge(record, open);
    }

    static int Judge(DrillRecord record, List<DrillReferral> open)
    {
        var faults = open.Where(referral => !referral.IsAnswered).Select(referral => $"{referral.Reference}: {referral.Agency} has not answered; it is {referral.State}")
            .Concat(record.Referrals.Where(referral => referral.Fate != Fate.Unanswered && referral.Compared != referral.Files.Count).Select(referral =>
                $"{referral.Reference}: {referral.Agency} was not seen to open version {referral.Files.Count} of the file"))
            .Concat(record.Faults).ToList();
        foreach (var fault in faults)
            AnsiConsole.MarkupLineInterpolated($"[red]{fault}[/]");
        AnsiConsole.MarkupLine(faults.Count == 0 ? "[green]The drill passed.[/]" : $"[red]The drill did not pass: {faults.Count} faults.[/]");
        return faults.Count == 0 ? 0 : 1;
    }

    static Table PerAgency(List<DrillReferral> referrals)
    {
        var table = new Table { Border = TableBorder.Rounded }.AddColumns(["Referrals", .. Urgencies, "All"]);
        foreach (var agency in referrals.GroupBy(referral => referral.Agency).OrderBy(agency => agency.Key, StringComparer.Ordinal))
            table.AddRow([Markup.Escape(agency.Key), .. Urgencies.Select(urgency => Number(agency.Count(referral => referral.Urgency == urgency))), Number(agency.Count())]);
        return table.AddRow(["all", .. Urgencies.Select(urgency => Number(referrals.Count(referral => referral.Urgency == urgency))), Number(referrals.Count)]);
    }

    static Table Times(List<DrillReferral> referrals)
    {
        var table = new Table { Border = TableBorder.Rounded }.AddColumns("From Refer to", "p50", "p95", "max");
        foreach (var (name, at) in ((string, Func<DrillReferral, DateTimeOffset?>)[])[("delivered", referral => referral.DeliveredAt), ("acknowledged", referral => referral.AcknowledgedAt)])
        {
            var times = referrals.Where(referral => at(referral) is not null).Select(referral => at(referral)!.Value - referral.CreatedAt).Order().ToList();
            table.AddRow(name, Quantile(times, 0.5), Quantile(times, 0.95), Quantile(times, 1));
        }
        return table;
    }

    static string Quantile(List<TimeSpan> sorted, double share) =>
        sorted.Count == 0 ? "-" : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)].TotalMilliseconds.ToString("0 ms", CultureInfo.InvariantCulture);

    static string Number(int count) => count == 0 ? "" : count.ToString(CultureInfo.InvariantCulture);
}
