using System.Text.Json.Nodes;

namespace Hotline.Cli.Drills;

/// <summary>The operator's part: logs each call in its turn, opens or finds its case, refers to the agencies of its label.</summary>
/// <param name="byRules">Refers as the hotline's rules advise; where they differ from the label, that is a fault.</param>
sealed class OperatorShift(Session desk, DrillPlan plan, DrillRecord record, bool byRules, Action<DrillReferral> referred)
{
    readonly Dictionary<string, DrillCase> cases = [];

    /// <summary>The hotline's ids of the calls.</summary>
    readonly Dictionary<string, Guid> logged = [];

    public async Task WorkAsync(IEnumerable<DrillCall> calls, CancellationToken cancel)
    {
        foreach (var call in calls)
        {
            await TakeAsync(call, cancel);
            // With nothing more to come, the officers may come to an end.
            if (plan.IsLast(call) && cases.TryGetValue(call.Matter, out var worked)) worked.LastCall.TrySetResult();
        }
    }

    async Task TakeAsync(DrillCall call, CancellationToken cancel)
    {
        var answer = await desk.PostAsync("calls", call.Body, cancel);
        if (!Accepted(answer, call, "log the call")) return;
        logged[call.Id] = answer.Id;
        record.CountCall();
        if (byRules) call = await AdvisedAsync(call, cancel);
        if (call.CaseNeeded && await OnCaseAsync(call, cancel) is { } worked)
            foreach (var agency in call.Agencies)
                await ReachAsync(worked, call, agency, cancel);
        if (call.Disposition is { } disposition)
            Accepted(await desk.PostAsync($"calls/{logged[call.Id]}/complete", new JsonObject { ["disposition"] = disposition }, cancel), call, "complete the call");
    }

    /// <summary>The rules are asked once the call is on the case that it is about, as an operator would.</summary>
    async Task<DrillCall> AdvisedAsync(DrillCall call, CancellationToken cancel)
    {
        var body = new JsonObject { ["callId"] = logged[call.Id] };
        if (cases.TryGetValue(call.Matter, out var known)
            && !Accepted(await desk.PostAsync($"cases/{known.Id}/calls", body.DeepClone().AsObject(), cancel), call, "attach the call"))
            return call;
        var answer = await desk.PostAsync("recommendations", body, cancel);
        if (!Accepted(answer, call, "advise on the call")) return call;
        var advised = call.By(answer.Body);
        if (!advised.AgreesWith(call)) record.Faults.Enqueue($"{call.Id}: the rules advise {advised.Answer}, the label says {call.Answer}");
        return advised;
    }

    /// <summary>The case of the matter with this call on it; null where it was refused.</summary>
    async Task<DrillCase?> OnCaseAsync(DrillCall call, CancellationToken cancel)
    {
        var body = new JsonObject { ["callId"] = logged[call.Id] };
        if (cases.TryGetValue(call.Matter, out var known))
        {
            if (!Accepted(await desk.PostAsync($"cases/{known.Id}/calls", body, cancel), call, "attach the call")) return null;
            known.Calls = [.. known.Calls, call];
            return known;
        }
        var answer = await desk.PostAsync("cases", body, cancel);
        if (!Accepted(answer, call, "open a case")) return null;
        var opened = cases[call.Matter] = new DrillCase { Id = answer.Id, Code = answer.Text("code"), Calls = [call] };
        record.Cases.Enqueue(opened);
        return opened;
    }

    /// <summary>Brings the agency's referral up to date, or makes one where it has none that is open.</summary>
    async Task ReachAsync(DrillCase of, DrillCall call, string agency, CancellationToken cancel)
    {
        if (of.Referrals.TryGetValue(agency, out var held) && await UpdateAsync(held, call, cancel)) return;
        var body = new JsonObject
        {
            ["agency"] = agency,
            ["urgency"] = call.Urgency,
            ["purpose"] = PurposeOf(call, agency),
            ["ground"] = call.GroundFor(agency),
            ["withhold"] = Withheld(call),
        };
        var answer = await SendAsync($"cases/{of.Id}/referrals", body, of, cancel);
        if (!Accepted(answer, call, $"refer to {agency}")) return;
        var referral = of.Referrals[agency] = new DrillReferral
        {
            Id = answer.Id, Call = call.Id, Reference = answer.Text("reference"), Agency = agency, Urgency = call.Urgency!,
            Fate = plan.FateOf(call.Id, agency), Case = of,
        };
        referral.Files[1] = new SentFile(of.Calls, call.ReporterStaysUnnamed);
        record.Referrals.Enqueue(referral);
        referred(referral);
    }

    /// <returns>False where the agency is done with it: then it is a new referral.</returns>
    async Task<bool> UpdateAsync(DrillReferral held, DrillCall call, CancellationToken cancel)
    {
        var version = held.Files.Count + 1;
        var body = new JsonObject { ["urgency"] = call.Urgency, ["withhold"] = Withheld(call) };
        // Known before it is sent: an officer may open it before the answer is back.
        var withoutReporter = call.ReporterStaysUnnamed || held.Files[version - 1].WithoutReporter;
        held.Files[version] = new SentFile(held.Case.Calls, withoutReporter);
        var answer = await SendAsync($"referrals/{held.Id}/updates", body, held.Case, cancel,
            () => held.Files[version] = new SentFile(held.Case.Calls, withoutReporter));
        if (!answer.Good) held.Files.TryRemove(version, out _);
        if (answer.Code == "referral.wrong-state") return false;
        if (!Accepted(answer, call, $"bring {held.Agency} up to date")) return true;
        held.Urgency = call.Urgency!;
        record.CountUpdate();
        return true;
    }

    /// <summary>Sends; where the words still name a reporter who is not to be named, writes the calls anew and sends again.</summary>
    async Task<Answer> SendAsync(string path, JsonObject body, DrillCase of, CancellationToken cancel, Action? rewritten = null)
    {
        var answer = await desk.PostAsync(path, body, cancel);
        if (answer.Code != "referral.withheld-in-text") return answer;
        var calls = new List<DrillCall>();
        foreach (var call in of.Calls)
            calls.Add(Unnaming.Rewrite(call, of.Calls) is { } anew ? await AmendAsync(anew, cancel) : call);
        of.Calls = calls;
        rewritten?.Invoke();
        return await desk.PostAsync(path, body.DeepClone().AsObject(), cancel);
    }

    async Task<DrillCall> AmendAsync(DrillCall anew, CancellationToken cancel)
    {
        var stored = await desk.GetAsync($"calls/{logged[anew.Id]}", cancel);
        if (Accepted(await desk.PatchAsync($"calls/{logged[anew.Id]}", anew.Body, stored.Body["version"]!.GetValue<long>(), cancel), anew, "amend the call"))
            record.Remarks.Enqueue($"{anew.Id}: the reporter's name was taken out of the text.");
        return anew;
    }

    bool Accepted(Answer answer, DrillCall call, string what)
    {
        if (!answer.Good) record.Faults.Enqueue($"{call.Id}: refused to {what}: {answer.Code}");
        return answer.Good;
    }

    static JsonArray? Withheld(DrillCall call) => call.ReporterStaysUnnamed ? new JsonArray("reporter") : null;

    static string PurposeOf(DrillCall call, string agency) => (agency, call.Urgency) switch
    {
        ("womens-union", _) => "shelter-support",
        ("child-protection", _) => "child-protection",
        (_, "P0") => "rescue",
        (_, "P3") => "information",
        _ => "investigation",
    };
}
