using System.Diagnostics;
using System.Text.Json.Nodes;
using Hotline.Provisioning;
using Hotline.Provisioning.Installations;

namespace Hotline.Cli.Drills;

/// <summary>
/// The duty officer and the focal point of one agency. Each referral goes its own way: acknowledged, opened, compared
/// with what was sent, and ended as its fate says, once the file holds no further call about the case.
/// </summary>
sealed class Officers(IReadOnlyList<DemoAccount> accounts, DrillPlan plan, DrillRecord record, TimeSpan patience) : IDisposable
{
    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(150);

    readonly Session dutyOfficer = new(accounts.First(account => account.Role == "dutyOfficer"), patience);
    readonly Session focalPoint = new(accounts.First(account => account.Role == "focalPoint"), patience);

    public async Task HandleAsync(DrillReferral referral, CancellationToken cancel)
    {
        try
        {
            await ActAsync(referral, cancel);
        }
        catch (ProvisioningException away)
        {
            record.Faults.Enqueue($"{referral.Reference}: {away.Message}");
        }
    }

    public void Dispose()
    {
        dutyOfficer.Dispose();
        focalPoint.Dispose();
    }

    async Task ActAsync(DrillReferral referral, CancellationToken cancel)
    {
        if (!await IsDeliveredAsync(referral, cancel)) return;
        await Task.Delay(plan.PauseBefore(referral.Call, referral.Agency), cancel);
        if (!await DoAsync(dutyOfficer, referral, "acknowledge", null, cancel)) return;
        await OpenAsync(dutyOfficer, referral, cancel);
        var by = dutyOfficer;
        if (referral.Fate == Fate.HandsBack)
        {
            await DoAsync(dutyOfficer, referral, "hand-back", new JsonObject { ["reason"] = "Hết ca trực." }, cancel);
            by = focalPoint;
            if (!await DoAsync(by, referral, "acknowledge", null, cancel)) return;
        }
        await EndAsync(by, referral, cancel);
    }

    async Task EndAsync(Session by, DrillReferral referral, CancellationToken cancel)
    {
        if (referral.Fate != Fate.Declines)
        {
            await DoAsync(by, referral, "accept", null, cancel);
            await DoAsync(by, referral, "progress", new JsonObject { ["text"] = "Đã cử cán bộ xác minh." }, cancel);
        }
        await referral.Case.LastCall.Task.WaitAsync(cancel);
        await OpenLastAsync(by, referral, cancel);
        if (referral.Fate == Fate.Declines)
            await DoAsync(by, referral, "decline", new JsonObject { ["reasonCode"] = "not-competent", ["text"] = "Không thuộc thẩm quyền của đơn vị." }, cancel);
        else
            await DoAsync(by, referral, "close", new JsonObject { ["outcome"] = "assisted", ["text"] = "Đã hỗ trợ." }, cancel);
    }

    async Task<bool> IsDeliveredAsync(DrillReferral referral, CancellationToken cancel)
    {
        var waited = Stopwatch.StartNew();
        while (!(await dutyOfficer.GetAsync($"referrals/{referral.Id}", cancel)).Good)
        {
            if (waited.Elapsed > patience)
            {
                record.Faults.Enqueue($"{referral.Reference}: did not reach {referral.Agency} within {patience.TotalSeconds:0} s");
                return false;
            }
            await Task.Delay(LookEvery, cancel);
        }
        return true;
    }

    /// <summary>Opens the newest version of the file: it may still be on its way.</summary>
    async Task OpenLastAsync(Session by, DrillReferral referral, CancellationToken cancel)
    {
        var waited = Stopwatch.StartNew();
        while (await OpenAsync(by, referral, cancel) is { } version && version < referral.Files.Count)
        {
            if (waited.Elapsed > patience)
            {
                record.Faults.Enqueue($"{referral.Reference}: version {referral.Files.Count} of the file did not reach {referral.Agency} within {patience.TotalSeconds:0} s");
                return;
            }
            await Task.Delay(LookEvery, cancel);
        }
    }

    /// <returns>The version that was opened; null where it was refused.</returns>
    async Task<int?> OpenAsync(Session by, DrillReferral referral, CancellationToken cancel)
    {
        var answer = await by.GetAsync($"referrals/{referral.Id}/content", cancel);
        if (!answer.Good)
        {
            record.Faults.Enqueue($"{referral.Reference}: {referral.Agency} could not open the file: {answer.Code}");
            return null;
        }
        var version = answer.Body["fileVersion"]!.GetValue<int>();
        if (version == referral.Compared) return version;
        var differences = referral.Files.TryGetValue(version, out var sent) ? sent.DifferencesFrom(answer.Body) : ["/fileVersion"];
        foreach (var difference in differences)
            record.Faults.Enqueue($"{referral.Reference}: what {referral.Agency} opened differs from what was sent at {difference}");
        referral.Compared = version;
        return version;
    }

    async Task<bool> DoAsync(Session by, DrillReferral referral, string what, JsonObject? body, CancellationToken cancel)
    {
        var answer = await by.PostAsync($"referrals/{referral.Id}/{what}", body, cancel);
        if (!answer.Good) record.Faults.Enqueue($"{referral.Reference}: {referral.Agency} was refused to {what}: {answer.Code}");
        return answer.Good;
    }
}
