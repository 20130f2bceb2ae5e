using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Accounts;

/// <summary>In production a one-time code is good once; an exercise is not so strict.</summary>
public sealed class When_one_code_is_used_twice
{
    RunningHotline hotline = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.PrepareAsync(plan => plan with { Environment = "production" }, "police");
        await hotline.StartHostAsync("intake");
    }

    [OneTimeTearDown]
    public async Task Stop() => await hotline.DisposeAsync();

    [Test]
    public async Task Should_let_one_in_of_many_who_come_at_the_same_instant()
    {
        var account = hotline.Installation.Accounts.First(a => a is { Service: "intake", Role: "operator" });
        using var door = hotline.AsAnyone("intake");
        var code = Actor.Totp(account.TotpSecret);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => door.PostAsync(
            "tokens", new JsonObject { ["userName"] = account.UserName, ["password"] = account.Password, ["totp"] = code })));

        Assert.That(answers.Count(a => a.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != HttpStatusCode.OK).Select(a => a.Code), Is.All.EqualTo("auth.second-factor-required"));
    }
}
