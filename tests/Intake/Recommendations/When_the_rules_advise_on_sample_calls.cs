using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Intake.Recommendations;
using Hotline.Testing.Actors;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Recommendations;

/// <summary>The sixty sample calls with what is expected of the rules: pure, from the call alone and the case that it is about.</summary>
public sealed class When_the_rules_advise_on_sample_calls
{
    /// <summary>The codes that section 4 of the samples' README derives from fields.</summary>
    static readonly string[] FromFields =
    [
        "call-back", "call-back-outside-safe-hours", "leave-voicemail", "share-with-agency", "create-duplicate-case",
        "delay-for-consent", "disclose-reporter", "share-with-unit", "refer-without-consent",
    ];

    static readonly DateTimeOffset Today = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly IReadOnlyList<JsonObject> Lines = Samples.Calls();

    static IEnumerable<string> Ids() => Lines.Select(l => l["id"]!.GetValue<string>());

    [TestCaseSource(nameof(Ids))]
    public void Should_agree_with_what_is_expected(string id)
    {
        var line = Lines.Single(l => l["id"]!.GetValue<string>() == id);
        var expected = line["expected"]!;

        var advice = Advice.On(new CallFacts(Read(line), Context(line), Today), RuleBook.Current);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(advice.CaseNeeded, Is.EqualTo(expected["caseNeeded"]!.GetValue<bool>()), "case");
            Assert.That(advice.Urgency, Is.EqualTo(expected["urgency"]?.GetValue<string>()), "urgency");
            Assert.That(advice.Agencies.Select(a => a.Agency), Is.EquivalentTo(Texts(expected["agencies"]!)), "agencies");
            Assert.That(advice.OutsideFour, Is.EquivalentTo(Texts(expected["outsideFour"]!)), "outside");
            Assert.That(MustNots(advice), Is.EquivalentTo(MustNots(expected["mustNot"]!)), "must not");
            Assert.That(HighestGround(advice), Is.EqualTo(line["consent"]!["overrideGround"]?.GetValue<string>()), "ground");
        }
    }

    [Test]
    public void Should_give_a_reason_in_both_languages_for_every_agency()
    {
        foreach (var line in Lines)
            foreach (var agency in Advice.On(new CallFacts(Read(line), Context(line), Today), RuleBook.Current).Agencies)
                Assert.That(new[] { agency.Reason, agency.ReasonEn }, Is.All.Not.Empty);
    }

    internal static Call Read(JsonObject line)
    {
        var members = line.DeepClone().AsObject();
        foreach (var name in new[] { "id", "expected", "repeatOf" })
            members.Remove(name);
        return members.Deserialize<Call>(Wire.Json)!;
    }

    /// <summary>What the database would have told: whether the call it repeats has a case, and silent calls before it.</summary>
    static CallContext Context(JsonObject line)
    {
        var first = Lines.FirstOrDefault(l => l["id"]!.GetValue<string>() == line["repeatOf"]?.GetValue<string>());
        var known = first?["expected"]!["caseNeeded"]!.GetValue<bool>() == true;
        var silent = Lines.TakeWhile(l => l != line).Count(l => l["callerNumber"]?.GetValue<string>() == line["callerNumber"]?.GetValue<string>() && CallFacts.IsFactFree(Read(l)));
        return CallContext.None with { KnownCase = known, FactFreeCalls = CallFacts.IsFactFree(Read(line)) ? silent + 1 : 0 };
    }

    static IEnumerable<string> MustNots(Advice advice) => advice.MustNot.Where(m => FromFields.Contains(m.Code)).Select(m => $"{m.Code} {m.Agency}");

    static IEnumerable<string> MustNots(JsonNode expected) => expected.AsArray()
        .Where(m => FromFields.Contains(m!["code"]!.GetValue<string>())).Select(m => $"{m!["code"]} {m["agency"]}");

    static string? HighestGround(Advice advice) =>
        new[] { "imminent-danger", "child", "legal-duty" }.FirstOrDefault(g => advice.Agencies.Any(a => a.Ground == g));

    static IEnumerable<string> Texts(JsonNode list) => list.AsArray().Select(t => t!.GetValue<string>());
}
