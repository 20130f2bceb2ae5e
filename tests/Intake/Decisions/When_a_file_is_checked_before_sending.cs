using Hotline.Contracts;
using Hotline.Intake.Consents;
using Hotline.Intake.Referrals;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

public sealed class When_a_file_is_checked_before_sending
{
    static readonly CaseFile Full = new()
    {
        FileVersion = 1,
        Call = new CallSheet { Summary = "Tóm tắt", CallerNumber = "0912000101" },
        Persons = [new Person { Role = "victim" }],
        PlaceOfEvent = new PlaceOfEvent { Country = "VN", ProvinceCode = "22" },
        Safety = new Safety(),
        Consent = new Consent { Given = "yes", By = "victim", ScopeAgencies = ["police"] },
    };

    static readonly ReferralRequest Ask = new() { Agency = "police", Urgency = "P1", Purpose = "rescue" };

    [Test]
    public void Should_pass_what_has_the_minimum() => Assert.That(Sendable.Check(Full, Ask), Is.Null);

    [Test]
    public void Should_name_everything_that_is_missing()
    {
        var file = Full with { Call = new CallSheet(), Persons = [], PlaceOfEvent = null, Safety = null };

        var refusal = Sendable.Check(file, Ask with { Purpose = null });

        Assert.That(refusal!.Code, Is.EqualTo("referral.incomplete"));
        Assert.That(refusal.Details!["missing"], Is.EquivalentTo(new[] { "purpose", "summary", "persons", "safety" }));
    }

    [Test]
    public void Should_send_a_P0_with_hardly_anything()
    {
        var file = new CaseFile { FileVersion = 1, Call = new CallSheet { CallerNumber = "113" } };

        var refusal = Sendable.Check(file, Ask with { Urgency = "P0", Ground = "imminent-danger" });

        Assert.That(refusal, Is.Null);
        Assert.That(Sendable.Missing(file), Is.EquivalentTo(new[] { "summary", "persons", "safety" }));
    }

    [Test]
    public void Should_not_send_a_P0_without_a_ground()
    {
        var file = new CaseFile { FileVersion = 1, Call = new CallSheet { CallerNumber = "113" } };

        var refusal = Sendable.Check(file, Ask with { Urgency = "P0" });

        Assert.That(refusal!.Code, Is.EqualTo("referral.incomplete"));
        Assert.That(refusal.Details!["missing"], Is.EquivalentTo(new[] { "ground" }));
    }

    [TestCase("", null)]
    [TestCase("  ", "")]
    public void Should_not_take_an_empty_text_for_a_number_or_a_place(string number, string? commune)
    {
        var file = new CaseFile { FileVersion = 1, Call = new CallSheet { CallerNumber = number }, PlaceOfEvent = new PlaceOfEvent { CommuneName = commune } };

        var refusal = Sendable.Check(file, Ask with { Urgency = "P0", Ground = "imminent-danger" });

        Assert.That(refusal!.Details!["missing"], Is.EquivalentTo(new[] { "summary" }));
    }

    [Test]
    public void Should_not_ask_again_for_what_an_earlier_call_said()
    {
        var file = Full with { Call = new CallSheet(), EarlierCalls = [Full.Call] };

        Assert.That(Sendable.Check(file, Ask), Is.Null);
        Assert.That(Sendable.Missing(file), Is.Empty);
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Should_count_a_reporters_recorded_consent_only_where_there_is_no_victim(bool victim, bool counts)
    {
        var file = Full with { Consent = null, Persons = victim ? Full.Persons : [] };

        var refusal = Sendable.Check(file, Ask, new RecordedConsent(Given: false, GivenByReporter: true, Withdrawn: false));

        Assert.That(refusal?.Code, Is.EqualTo(counts ? null : "referral.no-consent"));
    }

    [TestCase("yes", "victim", "police", true)]
    [TestCase("yes", "victim", "", true)]
    [TestCase("yes", "victim", "womens-union", false)]
    [TestCase("partial", "victim", "", false)]
    [TestCase("partial", "guardian", "police", true)]
    [TestCase("no", "victim", "police", false)]
    [TestCase("not-asked", null, "", false)]
    [TestCase("yes", "reporter", "police", false)]
    public void Should_let_consent_reach_only_as_far_as_it_was_given(string given, string? by, string scope, bool covers)
    {
        var file = Full with { Consent = new Consent { Given = given, By = by, ScopeAgencies = scope.Length == 0 ? [] : [scope] } };

        var refusal = Sendable.Check(file, Ask);

        Assert.That(refusal?.Code, Is.EqualTo(covers ? null : "referral.no-consent"));
    }

    [Test]
    public void Should_take_a_reporters_consent_where_there_is_no_victim()
    {
        var file = Full with { Persons = [], Consent = new Consent { Given = "yes", By = "reporter" } };

        Assert.That(Sendable.Check(file, Ask), Is.Null);
    }

    [Test]
    public void Should_send_to_the_central_desk_what_complains_about_the_agency()
    {
        var file = Full with { Complaint = new Complaint { AgainstAgency = "police" } };

        Assert.That(Sendable.Desk(file, Ask), Is.EqualTo(("central", "22")));
        Assert.That(Sendable.Desk(file, Ask with { Agency = "border-guard" }), Is.EqualTo(("province", "22")));
    }

    [Test]
    public void Should_send_to_the_central_desk_what_is_abroad()
    {
        var file = Full with { PlaceOfEvent = new PlaceOfEvent { Country = "KH" } };

        Assert.That(Sendable.Desk(file, Ask), Is.EqualTo(("central", (string?)null)));
    }
}
