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
}
