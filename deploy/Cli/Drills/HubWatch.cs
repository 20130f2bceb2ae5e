using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Hotline.Cli.Drills;

/// <summary>Looks at the operator's list of referrals for what became of the drill's.</summary>
sealed class HubWatch(Session desk, DrillRecord record)
{
    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(400);

    /// <summary>Keeps looking while the work goes on.</summary>
    public async Task WhileAsync(Func<Task> work, CancellationToken cancel)
    {
        var working = work();
        while (!working.IsCompleted)
        {
            await LookAsync(cancel);
            await Task.WhenAny(working, Task.Delay(LookEvery, cancel));
        }
        await working;
    }

    /// <summary>Waits for the agencies' last words to be with the hub.</summary>
    public async Task SettleAsync(TimeSpan patience, CancellationToken cancel)
    {
        var waited = Stopwatch.StartNew();
        do
        {
            await LookAsync(cancel);
            if (record.Referrals.All(referral => referral.IsFinal || referral.Fate == Fate.Unanswered)) return;
            await Task.Delay(LookEvery, cancel);
        }
        while (waited.Elapsed < patience);
    }

    /// <summary>The list begins with the newest: it is read until the drill's own are through.</summary>
    async Task LookAsync(CancellationToken cancel)
    {
        var open = record.Referrals.Where(referral => !referral.IsFinal).ToDictionary(referral => referral.Id);
        string? cursor = null;
        while (open.Count > 0)
        {
            var page = await desk.GetAsync($"referrals?limit=200{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", cancel);
            if (!page.Good) return;
            foreach (var item in page.Body["items"]!.AsArray())
                if (open.Remove(Guid.Parse(item!["id"]!.GetValue<string>()), out var referral)) Take(referral, item);
            cursor = page.Body["next"]?.GetValue<string>();
            if (cursor is null) return;
        }
    }

    /// <summary>
    /// Referrals on the drill's cases that the labels did not ask for. Looks at the cases themselves, not at what the
    /// drill thinks that it did.
    /// </summary>
    public async Task FindUnaskedAsync(CancellationToken cancel)
    {
        var asked = record.Referrals.Select(referral => referral.Id).ToHashSet();
        foreach (var of in record.Cases)
        {
            var answer = await desk.GetAsync($"cases/{of.Id}", cancel);
            var agencies = of.Calls.SelectMany(call => call.Agencies).ToHashSet();
            foreach (var referral in answer.Good ? answer.Body["referrals"]!.AsArray() : [])
                if (!asked.Contains(Guid.Parse(referral!["id"]!.GetValue<string>())) || !agencies.Contains(referral["agency"]!.GetValue<string>()))
                    record.Faults.Enqueue($"{of.Code}: was referred to {referral["agency"]}, which no call asks for");
        }
    }

    static void Take(DrillReferral referral, JsonNode item)
    {
        referral.CreatedAt = Time(item["createdAt"])!.Value;
        referral.DeliveredAt = Time(item["deliveredAt"]);
        referral.AcknowledgedAt = Time(item["acknowledgedAt"]);
        referral.State = item["state"]!.GetValue<string>();
    }

    static DateTimeOffset? Time(JsonNode? node) => node?.GetValue<DateTimeOffset>();
}
