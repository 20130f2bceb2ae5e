using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Contracts;
using Hotline.Provisioning.Hosts;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>Screens are in no description: every one that is about one call, case or referral leaves a record when it is read. A new one must be named here.</summary>
public sealed partial class When_pages_are_read
{
    /// <summary>The page, who reads it, and the record of each reading.</summary>
    static readonly Dictionary<string, (string Party, string Role, string Kind)> Recorded = new()
    {
        ["/calls/{id:guid}"] = ("intake", "operator", "call.opened"),
        ["/calls/{id:guid}/refer"] = ("intake", "operator", "call.opened"),
        ["/calls/{id:guid}/advice"] = ("intake", "operator", "call.advised"),
        ["/calls/{id:guid}/earlier"] = ("intake", "operator", "calls.searched"),
        ["/cases/{id:guid}"] = ("intake", "operator", "case.opened"),
        ["/cases/{id:guid}/standing"] = ("intake", "operator", "history.opened"),
        ["/audit/cases/{code}"] = ("intake", "supervisor", "records.searched"),
        ["/inbox/{id:guid}/file"] = ("police", "focalPoint", Kinds.ContentOpened),
    };

    /// <summary>Pages with an id that show nothing of a case, with the reason.</summary>
    static readonly Dictionary<string, string> WithoutACase = new()
    {
        ["/language/{code}"] = "a cookie",
        ["/cases/{id:guid}/glass"] = "says no, and how to ask",
        ["/inbox/{id:guid}"] = "the coded line; the file is a page of its own",
        ["/audit/cases/{code}/certificate"] = "walked with its download",
    };

    RunningHotline hotline = null!;
    Guid call, caseId, referral;
    string code = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        var operators = await hotline.AsOperator();
        (call, caseId) = await operators.OpenCaseAsync();
        (await operators.PostAsync($"calls/{call}/complete", new JsonObject { ["disposition"] = "referral" })).Good();
        referral = (await operators.ReferAsync(caseId, "police")).Good().Id;
        code = (await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", caseId))!;
        await operators.SeesStateAsync(referral, "delivered");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public void Should_name_every_page_of_one_case()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Clone.Folder, "services"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Page().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)).Distinct().ToList();

        Assert.That(pages, Has.Count.GreaterThan(8));
        Assert.That(pages.Where(p => !Recorded.ContainsKey(p) && !WithoutACase.ContainsKey(p)), Is.Empty, "A page of a case needs a record, and its place in this test.");
    }

    static IEnumerable<string> Pages() => Recorded.Keys;

    [TestCaseSource(nameof(Pages))]
    public async Task Should_record_the_reading_of(string page)
    {
        var (party, role, kind) = Recorded[page];
        var reader = await hotline.AsAsync(party, role);
        var id = page.StartsWith("/calls", StringComparison.Ordinal) ? call : page.StartsWith("/inbox", StringComparison.Ordinal) ? referral : caseId;
        var before = await CountAsync(party, kind);

        (await reader.GetAsync(page.Replace("{id:guid}", id.ToString(), StringComparison.Ordinal).Replace("{code}", code, StringComparison.Ordinal))).Good();

        Assert.That(await CountAsync(party, kind), Is.GreaterThan(before));
    }

    async Task<long> CountAsync(string party, string kind) => await hotline.ScalarAsync<long>(party, "select count(*) from audit.records where leaf::jsonb ->> 'kind' = $1", kind);

    [GeneratedRegex("Map(?:Page|Fragment)\\(\"([^\"]*\\{[^\"]+)\"")]
    private static partial Regex Page();
}
