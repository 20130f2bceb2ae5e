using System.Net;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Agencies.Tests.Referrals;

/// <summary>The handling unit, who is assigned, the level above; and content only by designation (R10).</summary>
public sealed class When_an_officer_may_not_know
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor central = null!;
    Actor administrator = null!;
    Guid referral;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        (operators, central, administrator) = (await hotline.AsOperator(), await hotline.AsDutyOfficer("police"), await hotline.AsAdministrator("police"));
    }

    [SetUp]
    public async Task Refer()
    {
        referral = await operators.ReferNewAsync("police");
        await central.SeesStateAsync(referral, "delivered");
    }

    [Test]
    public async Task Should_exist_for_the_unit_and_above_and_for_nobody_else()
    {
        using var own = await HireAsync("own", "01", designated: true);
        using var other = await HireAsync("other", "22", designated: true);

        Assert.That((await own.Actor.GetAsync($"referrals/{referral}")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await own.Actor.GetAsync($"referrals/{referral}/content")).Status, Is.EqualTo(HttpStatusCode.OK));
        var before = await hotline.OfRequestsAsync("police");
        foreach (var path in (string[])["", "/history", "/content"])
            Assert.That((await other.Actor.GetAsync($"referrals/{referral}{path}")).Code, Is.EqualTo("not-found"), path);
        foreach (var (step, body) in Steps())
        {
            var answer = await other.Actor.PostAsync($"referrals/{referral}/{step}", body);
            Assert.That((answer.Status, answer.Code), Is.EqualTo((HttpStatusCode.NotFound, "not-found")), step);
        }
        Assert.That((await other.Actor.GetAsync("referrals?limit=200")).Text, Does.Not.Contain(referral.ToString()));
        Assert.That(await hotline.OfRequestsAsync("police"), Is.EqualTo(before));
    }

    [Test]
    public async Task Should_exist_for_those_on_duty_for_it_as_long_as_they_are()
    {
        using var deputy = await HireAsync("deputy-01", "22", designated: true);
        using var standIn = await HireAsync("stand-in-01", "22", designated: true);
        Task<bool> KnowsAsync(Hired who) => Answers(who.Actor.GetAsync($"referrals/{referral}"));
        Assert.That(await KnowsAsync(deputy), Is.False);

        await hotline.PutOnDutyAsync("police", "01", "deputy=deputy-01");
        try
        {
            Assert.That((await KnowsAsync(deputy), await KnowsAsync(standIn)), Is.EqualTo((true, false)));
            Assert.That((await deputy.Actor.GetAsync("referrals?limit=200")).Text, Does.Contain(referral.ToString()));
            Assert.That((await deputy.Actor.GetAsync($"referrals/{referral}/content")).Status, Is.EqualTo(HttpStatusCode.OK));

            (await administrator.PostAsync("overrides", new JsonObject
            {
                ["unit"] = "01",
                ["layer"] = "deputy",
                ["officer"] = "stand-in-01",
                ["from"] = TimeProvider.System.GetUtcNow().AddMinutes(-1),
                ["until"] = TimeProvider.System.GetUtcNow().AddHours(2),
                ["reason"] = "nghỉ",
            })).Good();
            Assert.That((await KnowsAsync(deputy), await KnowsAsync(standIn)), Is.EqualTo((false, true)));
        }
        finally
        {
            await hotline.PutOnDutyAsync("police", "01");
        }
        Assert.That(await KnowsAsync(standIn), Is.False);

        static async Task<bool> Answers(Task<Answer> question) => (await question).Status == HttpStatusCode.OK;
    }

    [Test]
    public async Task Should_exist_for_whom_it_is_assigned_to()
    {
        using var other = await HireAsync("assigned", "22", designated: true);

        var both = await central.PostAsync($"referrals/{referral}/assign", new JsonObject { ["unit"] = "22", ["officer"] = other.UserName });
        var nobody = await central.PostAsync($"referrals/{referral}/assign", new JsonObject { ["officer"] = "nobody-at-all" });
        var clerk = await central.PostAsync($"referrals/{referral}/assign", new JsonObject { ["officer"] = "administrator" });
        var nowhere = await central.PostAsync($"referrals/{referral}/assign", new JsonObject { ["unit"] = "02" });
        (await central.PostAsync($"referrals/{referral}/assign", new JsonObject { ["officer"] = other.UserName })).Good();

        Assert.That(both.Code, Is.EqualTo("request.malformed"));
        Assert.That((nobody.Code, clerk.Code, nowhere.Code), Is.EqualTo(("request.unknown-code", "request.unknown-code", "request.unknown-code")));
        Assert.That((await other.Actor.GetAsync($"referrals/{referral}/content")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Should_move_with_the_unit_it_is_assigned_to()
    {
        using var old = await HireAsync("old", "01", designated: true);
        using var next = await HireAsync("next", "22", designated: true);

        (await central.PostAsync($"referrals/{referral}/assign", new JsonObject { ["unit"] = "22" })).Good();

        Assert.That((await old.Actor.GetAsync($"referrals/{referral}")).Code, Is.EqualTo("not-found"));
        Assert.That((await next.Actor.GetAsync($"referrals/{referral}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Should_lose_content_the_instant_the_designation_goes()
    {
        using var officer = await HireAsync("leaving", "01", designated: true);
        (await officer.Actor.GetAsync($"referrals/{referral}/content")).Good();
        (await operators.PostAsync($"referrals/{referral}/notes", new JsonObject { ["text"] = "lời trong vụ việc" })).Good();
        await Eventually.GetAsync("the note is there", () => officer.Actor.GetAsync($"referrals/{referral}/history"), a => a.Text.Contains("lời trong vụ việc", StringComparison.Ordinal));

        (await administrator.PostAsync($"designations/{officer.Designation}/revoke")).Good();
        var before = await hotline.OfRequestsAsync("police");
        var content = await officer.Actor.GetAsync($"referrals/{referral}/content");
        var history = await officer.Actor.GetAsync($"referrals/{referral}/history");
        var coded = await officer.Actor.GetAsync($"referrals/{referral}");

        Assert.That((content.Status, content.Code), Is.EqualTo((HttpStatusCode.Forbidden, "designation.missing")));
        Assert.That(history.Text, Does.Not.Contain("lời trong vụ việc"));
        Assert.That(coded.Status, Is.EqualTo(HttpStatusCode.OK), "the coded line stays");
        Assert.That(await hotline.OfRequestsAsync("police"), Is.EqualTo(before));
    }

    [TestCase(1, null)]
    [TestCase(-2, -1)]
    public async Task Should_not_open_before_or_after_the_days_of_a_designation(int fromDays, int? untilDays)
    {
        using var officer = await HireAsync($"days{fromDays + 5}", "01", designated: false);
        var now = TimeProvider.System.GetUtcNow();
        (await administrator.PostAsync("designations", new JsonObject
        {
            ["userName"] = officer.UserName,
            ["documentNumber"] = "QĐ-1",
            ["from"] = now.AddDays(fromDays),
            ["until"] = untilDays is { } d ? now.AddDays(d) : null,
        })).Good();

        var content = await officer.Actor.GetAsync($"referrals/{referral}/content");

        Assert.That((content.Status, content.Code), Is.EqualTo((HttpStatusCode.Forbidden, "designation.missing")));
    }

    static IEnumerable<(string Step, JsonObject? Body)> Steps() =>
    [
        ("acknowledge", null), ("accept", null), ("decline", new JsonObject { ["reasonCode"] = "other" }), ("hand-back", new JsonObject { ["reason"] = "a" }),
        ("assign", new JsonObject { ["unit"] = "22" }), ("progress", new JsonObject { ["text"] = "a" }), ("notes", new JsonObject { ["text"] = "a" }), ("close", new JsonObject { ["outcome"] = "other" }),
    ];

    sealed record Hired(Actor Actor, string UserName, string? Designation) : IDisposable
    {
        public void Dispose() => Actor.Dispose();
    }

    async Task<Hired> HireAsync(string userName, string unit, bool designated)
    {
        var made = (await administrator.PostAsync("accounts", new JsonObject
        {
            ["userName"] = userName,
            ["alias"] = userName,
            ["unit"] = unit,
            ["roles"] = new JsonArray("dutyOfficer"),
        })).Good();
        var designation = designated
            ? (await administrator.PostAsync("designations", new JsonObject { ["userName"] = userName, ["documentNumber"] = "QĐ-7" })).Good()["id"] : null;
        return new Hired(await Actor.SignInAsync(hotline.Hosts["police"].Url, userName, made["password"], made["totpSecret"]), userName, designation);
    }
}
