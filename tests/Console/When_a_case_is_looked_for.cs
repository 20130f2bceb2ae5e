using System.Text.Json.Nodes;
using Hotline.Console.Tests.Browsing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace Hotline.Console.Tests;

/// <summary>The finder on the screen: by name without marks, year, number and code; nothing of what is asked in an address.</summary>
public sealed class When_a_case_is_looked_for
{
    RunningHotline hotline = null!;
    Reader reader = null!;
    string code = null!;
    Guid caseId;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.StartAsync("police");
        var call = Samples.Call();
        call["callerNumber"] = "+84 912 345 678";
        call["persons"] = new JsonArray(new JsonObject { ["role"] = "victim", ["fullName"] = "Triệu Thị Mẩy", ["birthYear"] = 2009 });
        (_, caseId) = await (await hotline.AsOperator()).OpenCaseAsync(call);
        code = (await hotline.ScalarAsync<string>("intake", "select code from cases where id = $1", caseId))!;
        reader = await Reader.SignInAsync(hotline, "intake", "operator");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await reader.DisposeAsync();
        await hotline.DisposeAsync();
    }

    [TestCase("name", "trieu thi may")]
    [TestCase("callerNumber", "0912345678")]
    [TestCase("birthYear", "2009")]
    public async Task Should_find_it_by_what_the_caller_says(string field, string said)
    {
        await AskAsync(field, said);

        await Expect(reader.Page.Locator("#results tbody")).ToContainTextAsync("Triệu Thị Mẩy, 2009");
        await reader.Page.ClickAsync($"#results a:has-text('{code}')");
        await Expect(reader.Page.Locator("h1")).ToContainTextAsync(code);
        Assert.That(await hotline.ScalarAsync<long>(
            "intake", "select count(*) from audit.records where leaf::jsonb ->> 'kind' = 'case.found' and leaf::jsonb ->> 'case' = $1", caseId.ToString()), Is.Positive, "whose name was shown");
    }

    [Test]
    public async Task Should_find_it_by_its_code_on_a_telephone_and_put_nothing_into_the_address()
    {
        await using var telephone = await reader.BesideAsync(390, 844, "vi", ColorScheme.Dark);
        await telephone.GoAsync("/cases");
        await telephone.Page.FillAsync("#find [name=code]", code);
        await telephone.Page.Locator("#find [name=code]").PressAsync("Enter");

        await Expect(telephone.Page.Locator("#results a")).ToHaveTextAsync(code);
        Assert.That(new Uri(telephone.Page.Url).PathAndQuery, Is.EqualTo("/cases"));
        Assert.That(await telephone.AxeAsync(), Is.Empty);
        await telephone.ShootAsync("find-case-found-vi-390");
    }

    [TestCase("name", "nguyễn không có ai", "Không tìm thấy vụ việc nào.")]
    [TestCase("birthYear", "20x9", "Điều đã ghi không đúng dạng")]
    [TestCase("name", "", "Ghi ít nhất một điều.")]
    public async Task Should_say_why_nothing_is_shown(string field, string said, string answer)
    {
        await AskAsync(field, said);

        await Expect(reader.Page.Locator("#outcome")).ToContainTextAsync(answer);
        await Expect(reader.Page.Locator("#results")).ToBeHiddenAsync();
    }

    async Task AskAsync(string field, string said)
    {
        await reader.GoAsync("/cases");
        await reader.Page.FillAsync($"#find [name={field}]", said);
        await reader.Page.ClickAsync("#find button");
    }
}
