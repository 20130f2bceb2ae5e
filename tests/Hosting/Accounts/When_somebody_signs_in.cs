using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Accounts;

public sealed class When_somebody_signs_in
{
    RunningHotline hotline = null!;
    Actor administrator = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        administrator = await hotline.AsAdministrator("police");
    }

    [Test]
    public async Task Should_need_password_and_second_factor()
    {
        var account = await HireAsync("factor");

        var wrong = await TryAsync(account, password: "wrong");
        var without = await TryAsync(account, totp: "");
        var bad = await TryAsync(account, totp: "000000");
        var nobody = await TryAsync(account with { UserName = "no-such-officer" });
        var right = (await TryAsync(account)).Good();

        Assert.That((wrong.Status, wrong.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.failed")));
        Assert.That((nobody.Status, nobody.Text), Is.EqualTo((wrong.Status, wrong.Text)), "nobody learns which accounts exist");
        Assert.That((without.Status, without.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.second-factor-required")));
        Assert.That((bad.Status, bad.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.second-factor-required")));
        Assert.That(right.Json["expiresIn"]!.GetValue<int>(), Is.Positive);
    }

    [Test]
    public async Task Should_be_locked_out_after_five_guesses_also_when_they_come_at_once()
    {
        var account = await HireAsync("guessed");

        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => TryAsync(account, password: $"guess{i}")));
        var right = await TryAsync(account);

        Assert.That((right.Status, right.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.failed")));
    }

    [Test]
    public async Task Should_be_out_at_once_when_the_account_is_disabled()
    {
        var account = await HireAsync("leaver");
        using var officer = await SignInAsync(account);
        var before = await officer.GetAsync("referrals");

        (await administrator.PostAsync($"accounts/{account.Id}/disable")).Good();
        var after = await officer.GetAsync("referrals");
        var again = await TryAsync(account);

        Assert.That(before.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((after.Status, after.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.missing")));
        Assert.That((again.Status, again.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.failed")));
    }

    [Test]
    public async Task Should_be_out_when_the_token_has_expired()
    {
        var account = await HireAsync("sleeper");
        using var officer = await SignInAsync(account);

        await hotline.ExecuteAsync("police", "update sessions set expires_at = hotline_now() where account_id = $1", account.Id);
        var after = await officer.GetAsync("referrals");

        Assert.That((after.Status, after.Code), Is.EqualTo((HttpStatusCode.Unauthorized, "auth.missing")));
    }

    [Test]
    public async Task Should_leave_no_password_or_code_in_the_database()
    {
        var account = await HireAsync("hashed");
        (await TryAsync(account)).Good();

        var row = await hotline.ScalarAsync<string>("police", "select accounts::text from accounts where id = $1", account.Id);

        Assert.That(row, Does.Not.Contain(account.Password).And.Not.Contain(account.TotpSecret));
    }

    [Test]
    public async Task Should_make_an_account_once()
    {
        var body = new JsonObject { ["userName"] = "once", ["alias"] = "once", ["roles"] = new JsonArray("dutyOfficer") };
        var key = Guid.CreateVersion7();

        var first = (await administrator.PostAsync("accounts", body, key)).Good();
        var replay = (await administrator.PostAsync("accounts", body, key)).Good();
        var taken = await administrator.PostAsync("accounts", body);
        var role = await administrator.PostAsync("accounts", new JsonObject { ["userName"] = "twice", ["alias"] = "twice", ["roles"] = new JsonArray("king") });
        var unit = await administrator.PostAsync("accounts", new JsonObject { ["userName"] = "twice", ["alias"] = "twice", ["roles"] = new JsonArray("dutyOfficer"), ["unit"] = "02" });
        var name = await administrator.PostAsync("accounts", new JsonObject { ["userName"] = "Twice!", ["alias"] = "twice", ["roles"] = new JsonArray("dutyOfficer") });

        Assert.That(replay["accountId"], Is.EqualTo(first["accountId"]));
        Assert.That(replay.Json["password"], Is.Null, "said once");
        Assert.That((taken.Status, taken.Code), Is.EqualTo((HttpStatusCode.Conflict, "account.exists")));
        Assert.That((role.Code, unit.Code, name.Code), Is.EqualTo(("request.unknown-code", "request.unknown-code", "request.malformed")));
    }

    [Test]
    public async Task Should_walk_accounts_and_designations_in_pages()
    {
        await HireAsync("paged");
        foreach (var list in (string[])["accounts", "designations"])
        {
            var first = (await administrator.GetAsync($"{list}?limit=1")).Good();
            var second = (await administrator.GetAsync($"{list}?limit=1&cursor={first["next"]}")).Good();

            Assert.That(first.Json["items"]!.AsArray(), Has.Count.EqualTo(1));
            Assert.That(second.Json["items"]![0]!["id"]!.GetValue<string>(), Is.Not.EqualTo(first.Json["items"]![0]!["id"]!.GetValue<string>()));
        }
    }

    sealed record Account(Guid Id, string UserName, string Password, string TotpSecret);

    async Task<Account> HireAsync(string userName)
    {
        var made = (await administrator.PostAsync("accounts", new JsonObject { ["userName"] = userName, ["alias"] = userName, ["roles"] = new JsonArray("dutyOfficer") })).Good();
        return new Account(Guid.Parse(made["accountId"]), userName, made["password"], made["totpSecret"]);
    }

    Task<Actor> SignInAsync(Account account) => Actor.SignInAsync(hotline.Hosts["police"].Url, account.UserName, account.Password, account.TotpSecret);

    Task<Answer> TryAsync(Account account, string? password = null, string? totp = null) => hotline.AsAnyone("police").PostAsync("tokens", new JsonObject
    {
        ["userName"] = account.UserName, ["password"] = password ?? account.Password, ["totp"] = totp ?? Actor.Totp(account.TotpSecret),
    });
}
