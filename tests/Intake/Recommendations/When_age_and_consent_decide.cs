using Hotline.Contracts;
using Hotline.Intake.Recommendations;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Recommendations;

/// <summary>The edges of A1-A4 and C1-C6 that the samples do not reach.</summary>
public sealed class When_age_and_consent_decide
{
    static readonly DateTimeOffset Noon = new(2026, 6, 18, 12, 0, 0, TimeSpan.FromHours(7));

    [TestCase("2008-06-18", 18)]
    [TestCase("2008-06-19", 17)]
    [TestCase("2008-02-29", 18)]
    public void Should_count_completed_years(string born, int years) =>
        Assert.That(CallFacts.AgeOn(new DateOnly(2026, 6, 18), new Person { BirthDate = DateOnly.Parse(born, null) }), Is.EqualTo(years));

    [Test]
    public void Should_not_reach_eighteen_on_the_day_before_the_first_of_March_when_born_on_a_leap_day() =>
        Assert.That(CallFacts.AgeOn(new DateOnly(2026, 2, 28), new Person { BirthDate = new DateOnly(2008, 2, 29) }), Is.EqualTo(17));

    [Test]
    public void Should_take_the_younger_where_only_the_year_is_known() =>
        Assert.That(CallFacts.AgeOn(new DateOnly(2026, 6, 18), new Person { BirthYear = 2010 }), Is.EqualTo(15));

    [Test]
    public void Should_use_the_local_day_of_the_call()
    {
        // 17:30 UTC is past midnight in Viet Nam: the birthday has begun.
        var call = Trafficking(Woman(null) with { BirthDate = new DateOnly(2008, 6, 19) }) with { StartedAt = new DateTimeOffset(2026, 6, 18, 17, 30, 0, TimeSpan.Zero) };

        Assert.That(new CallFacts(call, CallContext.None, Noon).Subjects[0].Age, Is.EqualTo(18));
    }

    [Test]
    public void Should_refer_to_nobody_when_an_adult_refuses()
    {
        var advice = On(Trafficking(Woman("returned")) with { Consent = Asked("no", "victim") });

        Assert.That(advice.Agencies, Is.Empty);
        Assert.That(advice.MustNot, Does.Contain(new Forbidden("refer-without-consent", null)));
    }

    [Test]
    public void Should_go_past_a_refusal_in_imminent_danger_but_not_to_the_womens_union()
    {
        var advice = On(Trafficking(Woman("in-danger")) with { Consent = Asked("no", "victim"), Needs = ["essential-needs"] });

        Assert.That(advice.Agencies.Select(a => (a.Agency, a.Ground)), Is.EqualTo(new[] { ("police", "imminent-danger") }));
        Assert.That(advice.MustNot, Does.Contain(new Forbidden("share-with-agency", "womens-union")));
    }

    [Test]
    public void Should_reach_the_womens_union_for_a_minor_in_imminent_danger()
    {
        var advice = On(Trafficking(Woman("in-danger") with { AgeApprox = 17 }) with { Consent = Asked("not-asked", null), Needs = ["essential-needs"] });

        Assert.That(advice.Agencies.Select(a => (a.Agency, a.Ground)), Is.EqualTo(new[] { ("police", "imminent-danger"), ("womens-union", "imminent-danger") }));
    }

    [Test]
    public void Should_reach_child_protection_alone_for_a_child_whose_mother_refuses_it()
    {
        var child = new Person { Role = "accompanying-minor", AgeApprox = 4, Situation = "returned" };
        var advice = On(Trafficking(Woman("returned"), child) with { Consent = Asked("partial", "victim", "police") });

        Assert.That(advice.Agencies.Select(a => (a.Agency, a.Ground)), Is.EqualTo(new[] { ("police", null), ("child-protection", "child") }));
    }

    [Test]
    public void Should_not_take_a_guardian_for_an_adult()
    {
        var advice = On(Trafficking(Woman("held")) with { Consent = Asked("yes", "guardian", "police", "womens-union"), Needs = ["essential-needs"] });

        Assert.That(advice.Agencies.Select(a => (a.Agency, a.Ground)), Is.EqualTo(new[] { ("police", "legal-duty") }));
    }

    [Test]
    public void Should_keep_silent_about_a_reporter_who_refuses_but_pass_the_crime_on()
    {
        var advice = On(new Call { StartedAt = Noon, Trafficking = new Trafficking { Acts = ["recruit"] }, Consent = Asked("no", "reporter") });

        Assert.That(advice.Urgency, Is.EqualTo("P3"));
        Assert.That(advice.Agencies.Select(a => (a.Agency, a.Ground)), Is.EqualTo(new[] { ("police", "legal-duty") }));
        Assert.That(advice.MustNot, Does.Contain(new Forbidden("disclose-reporter", null)));
    }

    [Test]
    public void Should_tell_agencies_that_hold_the_case_when_consent_is_narrowed()
    {
        var call = Trafficking(Woman("returned")) with { Consent = Asked("partial", "victim", "police") };

        var advice = Advice.On(new CallFacts(call, new CallContext(true, null, ["police", "womens-union"], 0), Noon), RuleBook.Current);

        Assert.That(advice.MustNot, Does.Contain(new Forbidden("keep-sharing", "womens-union")).And.Not.Contain(new Forbidden("keep-sharing", "police")));
    }

    [Test]
    public void Should_take_from_the_case_what_a_further_call_leaves_out()
    {
        var file = new CaseFile
        {
            FileVersion = 1, Call = new CallSheet(), Persons = [Woman("held")], PlaceOfEvent = new PlaceOfEvent { Country = "VN", Route = "land" },
            Trafficking = new Trafficking { Acts = ["harbour"] }, Consent = Asked("yes", "victim", "police", "border-guard"),
        };

        var advice = Advice.On(new CallFacts(new Call { StartedAt = Noon, Disposition = "follow-up" }, new CallContext(true, file, [], 0), Noon), RuleBook.Current);

        Assert.That(advice.Urgency, Is.EqualTo("P1"));
        Assert.That(advice.Agencies.Select(a => a.Agency), Is.EqualTo(new[] { "police", "border-guard" }));
    }

    static Advice On(Call call) => Advice.On(new CallFacts(call, CallContext.None, Noon), RuleBook.Current);

    static Call Trafficking(params Person[] persons) => new()
    {
        StartedAt = Noon, Persons = persons, Trafficking = new Trafficking { Acts = ["harbour"] }, PlaceOfEvent = new PlaceOfEvent { Country = "VN", Route = "none" },
    };

    static Person Woman(string? situation) => new() { Role = "victim", Sex = "female", Situation = situation };

    static Consent Asked(string given, string? by, params string[] scope) => new() { Given = given, By = by, ScopeAgencies = scope };
}
