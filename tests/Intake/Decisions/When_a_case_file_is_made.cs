using Hotline.Contracts;
using Hotline.Intake.Cases;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

public class When_a_case_file_is_made
{
    static readonly Person Mai = new() { Role = "victim", FullName = "Mai", BirthYear = 2005 };

    [Test]
    public void Should_keep_two_of_one_name_in_one_call_apart()
    {
        var calls = new[] { new CaseCall("HL-2026-000001", new Call { Persons = [Mai, Mai with { BirthYear = 2008 }] }) };

        var file = CaseFiles.Of(calls, null);

        Assert.That(file.Persons.Select(person => person.BirthYear), Is.EqualTo(new[] { 2005, 2008 }));
    }

    [Test]
    public void Should_take_a_person_named_again_in_a_later_call_as_last_described()
    {
        var calls = new[]
        {
            new CaseCall("HL-2026-000001", new Call { Persons = [Mai] }),
            new CaseCall("HL-2026-000002", new Call { Persons = [Mai with { FullName = "MAI", BirthYear = 2006 }] }),
        };

        var file = CaseFiles.Of(calls, null);

        Assert.That(file.Persons.Select(person => person.BirthYear), Is.EqualTo(new[] { 2006 }));
    }

    [Test]
    public void Should_let_stand_what_a_later_call_says_nothing_about()
    {
        var said = new Call
        {
            Summary = "Bị giữ.",
            Consent = new Consent { Given = "yes", By = "victim" },
            PlaceOfEvent = new PlaceOfEvent { Country = "VN", ProvinceCode = "01" },
            Safety = new Safety { SafeToCallBack = false },
            Complaint = new Complaint { AgainstAgency = "police" },
        };
        var unsaid = new Call
        {
            Consent = new Consent { Given = "not-asked" },
            PlaceOfEvent = new PlaceOfEvent { Route = "none" },
            Safety = new Safety(),
            Complaint = new Complaint(),
        };

        var file = CaseFiles.Of([new CaseCall("HL-2026-000001", said), new CaseCall("HL-2026-000002", unsaid)], null);

        Assert.That((file.Consent, file.PlaceOfEvent, file.Safety, file.Complaint), Is.EqualTo((said.Consent, said.PlaceOfEvent, said.Safety, said.Complaint)));
    }

    [Test]
    public void Should_not_lose_an_only_victim_whose_id_nobody_has_any_more()
    {
        var calls = new[] { new CaseCall("HL-2026-000001", new Call { Persons = [Mai with { Id = Guid.CreateVersion7() }] }) };

        var file = CaseFiles.Of(calls, Guid.CreateVersion7());

        Assert.That(file.Persons, Has.Count.EqualTo(1));
        Assert.That(file.Withheld, Is.Empty);
    }
}
