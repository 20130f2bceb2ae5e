using System.Text.Json.Nodes;
using Hotline.Cli.Drills;
using NUnit.Framework;

namespace Hotline.Deploy.Tests.Drills;

public class When_an_opened_file_is_compared
{
    [Test]
    public void Should_find_nothing_where_only_the_Unicode_form_and_the_time_zone_differ()
    {
        var sent = new SentFile([Calls.Read(call => call["summary"] = "Cháu bị giữ.".Normalize(System.Text.NormalizationForm.FormD))], WithoutReporter: false);
        var opened = Opened(call => call["startedAt"] = "2026-06-18T15:47:00Z", summary: "Cháu bị giữ.");

        var differences = sent.DifferencesFrom(opened);

        Assert.That(differences, Is.Empty);
    }

    [TestCase("/call/summary")]
    [TestCase("/persons/0")]
    [TestCase("/placeOfEvent")]
    [TestCase("/withheld")]
    public void Should_say_where_it_differs(string where)
    {
        var sent = new SentFile([Calls.Read()], WithoutReporter: false);
        var opened = Opened();
        switch (where)
        {
            case "/call/summary": opened["call"]!["summary"] = "Khác."; break;
            case "/persons/0": opened["persons"]![0]!["fullName"] = "Người khác"; break;
            case "/placeOfEvent": opened["placeOfEvent"]!["provinceCode"] = "79"; break;
            case "/withheld": opened["withheld"] = new JsonArray(new JsonObject { ["group"] = "suspects" }); break;
        }

        var differences = sent.DifferencesFrom(opened);

        Assert.That(differences, Does.Contain(where));
    }

    [Test]
    public void Should_find_a_person_who_is_silently_missing()
    {
        var sent = new SentFile([Calls.Read(call => call["persons"]!.AsArray().Add(call["persons"]![0]!.DeepClone()))], WithoutReporter: false);

        var differences = sent.DifferencesFrom(Opened());

        Assert.That(differences, Is.EqualTo(new[] { "/persons" }));
    }

    [Test]
    public void Should_expect_the_caller_to_be_left_out_where_the_reporter_stays_unnamed()
    {
        var sent = new SentFile([Calls.Read()], WithoutReporter: true);

        var differences = sent.DifferencesFrom(Opened());

        Assert.That(differences, Is.EquivalentTo(new[] { "/call/callerNumber", "/call/callerRelation", "/call/callerName", "/withheld" }));
    }

    [Test]
    public void Should_take_the_reporters_name_out_of_the_text_and_leave_the_rest()
    {
        var call = Calls.Read(line =>
        {
            line["callerName"] = "Lò Thị Hiền";
            line["summary"] = "LO THI HIEN kể rằng bạn bị giữ. Hiền sợ. Cô ấy hiền lành.";
        });

        var rewritten = Unnaming.Rewrite(call, [call]);

        Assert.That(rewritten!.Body["summary"]!.GetValue<string>(), Is.EqualTo("[người báo tin] kể rằng bạn bị giữ. [người báo tin] sợ. Cô ấy hiền lành."));
    }

    static JsonObject Opened(Action<JsonObject>? change = null, string? summary = null)
    {
        var call = Calls.Line();
        var sheet = new JsonObject();
        foreach (var member in (string[])["startedAt", "channel", "callerNumber", "callerRelation", "callerName", "language", "disposition", "summary"])
            sheet[member] = call[member]?.DeepClone();
        if (summary is not null) sheet["summary"] = summary;
        change?.Invoke(sheet);
        var opened = new JsonObject { ["fileVersion"] = 1, ["call"] = sheet };
        foreach (var section in (string[])["persons", "placeOfEvent", "trafficking", "needs", "safety", "consent"])
            opened[section] = call[section]?.DeepClone();
        return opened;
    }
}
