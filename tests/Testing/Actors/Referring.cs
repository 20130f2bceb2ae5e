using System.Text.Json.Nodes;

namespace Hotline.Testing.Actors;

/// <summary>What an operator does all day, in one line each.</summary>
public static class Referring
{
    /// <summary>Logs a call and opens a case on it.</summary>
    public static async Task<(Guid Call, Guid Case)> OpenCaseAsync(this Actor by, JsonObject? call = null)
    {
        var logged = (await by.PostAsync("calls", call ?? Samples.Call())).Good();
        var opened = (await by.PostAsync("cases", new JsonObject { ["callId"] = logged["id"] })).Good();
        return (logged.Id, opened.Id);
    }

    public static Task<Answer> ReferAsync(this Actor by, Guid caseId, string agency, string urgency = "P1", string? ground = "legal-duty", Guid? idempotencyKey = null) =>
        by.PostAsync($"cases/{caseId}/referrals", Samples.Referral(agency, urgency, ground), idempotencyKey);

    /// <summary>Call, case and referral.</summary>
    public static async Task<Guid> ReferNewAsync(this Actor by, string agency, string urgency = "P1", JsonObject? call = null)
    {
        var (_, caseId) = await by.OpenCaseAsync(call);
        return (await by.ReferAsync(caseId, agency, urgency)).Good().Id;
    }

    /// <summary>Waits until the referral is in that state for this person.</summary>
    public static Task<Answer> SeesStateAsync(this Actor actor, Guid referral, string state) => Eventually.GetAsync(
        $"referral {referral} is {state}", () => actor.GetAsync($"referrals/{referral}"), answer => answer.Status == System.Net.HttpStatusCode.OK && answer.State == state);
}
