using Hotline.Contracts;
using Hotline.Intake.Referrals;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

public sealed class When_parts_of_a_file_are_withheld
{
    static readonly CaseFile Whole = new()
    {
        FileVersion = 1,
        Call = new CallSheet
        {
            CallerNumber = "0912 000 101",
            CallerName = "Trần Thị Lụa",
            CallerRelation = "relative",
            Summary = "Người nhà gọi, không nêu tên.",
        },
        Persons =
        [
            new Person { Role = "victim", FullName = "Lò Thị Mai", IdNumber = "012345678901" },
            new Person { Role = "reporter", FullName = "Trần Thị Lụa", Phone = "+84912000101" },
            new Person { Role = "suspect", FullName = "Vàng A Sử", Phone = "0987000222" },
            new Person { Role = "accompanying-minor", FullName = "Lò Văn Tí" },
        ],
    };

    [Test]
    public void Should_leave_out_the_reporter_and_say_so()
    {
        var file = Withholding.Apply(Whole, ["reporter"]);

        Assert.That(file.Persons.Select(p => p.Role), Has.None.EqualTo("reporter"));
        Assert.That(file.Call, Has.Property(nameof(CallSheet.CallerNumber)).Null
            .And.Property(nameof(CallSheet.CallerName)).Null.And.Property(nameof(CallSheet.CallerRelation)).Null);
        Assert.That(file.Withheld, Has.One.Matches<WithheldGroup>(w => w.Group == "reporter"));
    }

    [TestCase("suspects", "suspect")]
    [TestCase("accompanying-minors", "accompanying-minor")]
    public void Should_leave_out_a_role(string group, string role)
    {
        var file = Withholding.Apply(Whole, [group]);

        Assert.That(file.Persons.Select(p => p.Role), Has.None.EqualTo(role));
        Assert.That(file.Persons, Has.Count.EqualTo(3));
    }

    [Test]
    public void Should_leave_out_identity_numbers_of_everybody()
    {
        var file = Withholding.Apply(Whole, ["id-numbers"]);

        Assert.That(file.Persons.Select(p => p.IdNumber), Is.All.Null);
        Assert.That(file.Persons, Has.Count.EqualTo(4));
    }

    [TestCase("Chị TRẦN THỊ LỤA gọi lúc 21 giờ", "reporter")]
    [TestCase("Chi tran thi lua goi", "reporter")]
    [TestCase("Chị Lụa gọi", "reporter")]
    [TestCase("gọi lại số 84-912-000-101", "reporter")]
    [TestCase("Sử hẹn đón", "suspects")]
    [TestCase("căn cước 012345678901", "id-numbers")]
    public void Should_find_names_and_numbers_left_in_the_text(string text, string group)
    {
        var whole = Whole with { Call = Whole.Call with { Summary = text } };

        var leaks = Withholding.Leaks(whole, Withholding.Apply(whole, [group]), [group]);

        Assert.That(leaks, Is.EqualTo(new[] { new LeakPlace("/call/summary", group) }));
    }

    [TestCase("lụa tơ tằm", "reporter")]
    [TestCase("cửa hàng Lụa", "suspects")]
    [TestCase("gọi lại số 0912 000 102", "reporter")]
    public void Should_not_cry_out_at_other_words(string text, string group)
    {
        var whole = Whole with { Call = Whole.Call with { Summary = text } };

        var leaks = Withholding.Leaks(whole, Withholding.Apply(whole, [group]), [group]);

        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void Should_not_hide_the_victim_who_calls_for_herself()
    {
        var whole = Whole with
        {
            Call = new CallSheet { CallerName = "Lò Thị Mai", CallerNumber = "0911", Summary = "Mai kể lại" },
            Persons = [new Person { Role = "victim", FullName = "Lò Thị Mai" }],
        };

        var leaks = Withholding.Leaks(whole, Withholding.Apply(whole, ["reporter"]), ["reporter"]);

        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void Should_ask_again_about_words_that_came_after_the_confirmation()
    {
        var confirmed = Whole with { Call = Whole.Call with { Summary = "Chị Lụa gọi" } };
        var later = confirmed with { PlaceOfEvent = new PlaceOfEvent { Detail = "sau nhà chị Lụa" } };

        var leaks = Withholding.Leaks(
            later, Withholding.Apply(later, ["reporter"]), ["reporter"], confirmed: Withholding.Apply(confirmed, ["reporter"]));

        Assert.That(leaks, Is.EqualTo(new[] { new LeakPlace("/placeOfEvent/detail", "reporter") }));
    }

    [Test]
    public void Should_find_a_name_at_either_end_and_not_within_a_word()
    {
        Assert.That(Found("Lụa"), Is.True);
        Assert.That(Found("gặp Lụa."), Is.True);
        Assert.That(Found("Lụaa và Lụa"), Is.True);
        Assert.That(Found("xLụa Lụay"), Is.False);

        static bool Found(string text)
        {
            var whole = Whole with { Call = Whole.Call with { Summary = text } };
            return Withholding.Leaks(whole, Withholding.Apply(whole, ["reporter"]), ["reporter"]).Count > 0;
        }
    }
}
