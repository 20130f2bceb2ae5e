using System.Reflection;
using NUnit.Framework;

namespace Hotline.Contracts.Tests;

public sealed class When_code_lists_are_loaded
{
    static readonly Type[] Records =
        [typeof(Call), typeof(CallSheet), typeof(Safety), typeof(Consent), typeof(Complaint), typeof(Person), typeof(PlaceOfEvent), typeof(Trafficking)];

    static IEnumerable<string> ListsInUse() => Records
        .SelectMany(t => t.GetProperties()).Select(p => p.GetCustomAttribute<CodeAttribute>()?.List).OfType<string>()
        .Concat(["urgency", "purpose", "withhold", "desk", "decline-reason", "outcome"]).Distinct().Order();

    [TestCaseSource(nameof(ListsInUse))]
    public void Should_hold_each_code_once_with_its_words(string name)
    {
        var list = CodeList.Of(name);

        Assert.That(list.Items, Is.Not.Empty);
        Assert.That(list.Items.Select(c => c.Value), Is.Unique);
        Assert.That(list.Items, Has.All.Matches<Code>(c => c.Vi.Length > 0 && c.En.Length > 0));
        Assert.That(list.Items, Has.All.Matches<Code>(c => c.Vi.IsNormalized()));
    }

    [Test]
    public void Should_know_the_34_provinces_and_the_edition_of_the_list()
    {
        var provinces = CodeList.Of("province");

        Assert.That(provinces.Items, Has.Count.EqualTo(34));
        Assert.That(provinces.Find("15")!.Vi, Is.EqualTo("Tỉnh Lào Cai"), "15 was Yên Bái before July 2025");
        Assert.That(provinces.Version, Is.EqualTo("2026-04-30"));
    }

    [Test]
    public void Should_tell_data_calls_from_others()
    {
        var dataCalls = CodeList.Of("disposition").Items.Where(c => c.Flags.ContainsKey("dataCall")).Select(c => c.Value);

        Assert.That(dataCalls, Is.EquivalentTo(new[] { "counselling", "referral", "follow-up", "complaint-about-official" }));
    }

    [Test]
    public void Should_refuse_a_list_that_is_not_there() =>
        Assert.That(() => CodeList.Of("no-such-list"), Throws.InstanceOf<FileNotFoundException>());
}
