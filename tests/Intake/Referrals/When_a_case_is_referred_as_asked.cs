using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Referrals;

/// <summary>The minimum, consent and grounds, what is withheld, and the desk, as the agency then sees them.</summary>
public sealed class When_a_case_is_referred_as_asked
{
    RunningHotline hotline = null!;
    Actor operators = null!;
    Actor officer = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        (operators, officer) = (await hotline.AsOperator(), await hotline.AsFocalPoint("police"));
    }

    [TestCase("summary", "summary")]
    [TestCase("safety", "safety")]
    public async Task Should_be_refused_below_the_minimum(string member, string missing)
    {
        var call = Samples.Call();
        call.Remove(member);
        var (_, caseId) = await operators.OpenCaseAsync(call);

        var answer = await RefusedAsync(caseId, Samples.Referral("police"), HttpStatusCode.UnprocessableEntity, "referral.incomplete");

        Assert.That(Texts(answer.Json["missing"]), Is.EqualTo(new[] { missing }));
    }

    [Test]
    public async Task Should_need_a_person_or_a_place_or_a_complaint()
    {
        var bare = new JsonObject { ["summary"] = "Có người cần giúp.", ["safety"] = new JsonObject() };
        var (_, nobody) = await operators.OpenCaseAsync(bare.DeepClone().AsObject());
        bare["placeOfEvent"] = new JsonObject { ["country"] = "VN" };
        var (_, somewhere) = await operators.OpenCaseAsync(bare);

        var refused = await RefusedAsync(nobody, Samples.Referral("police"), HttpStatusCode.UnprocessableEntity, "referral.incomplete");
        var sent = await operators.ReferAsync(somewhere, "police");

        Assert.That(Texts(refused.Json["missing"]), Is.EqualTo(new[] { "persons" }));
        Assert.That(sent.Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Should_be_refused_without_a_purpose_an_agency_or_an_urgency()
    {
        var (_, caseId) = await operators.OpenCaseAsync();

        var purpose = await RefusedAsync(caseId, Without("purpose"), HttpStatusCode.UnprocessableEntity, "referral.incomplete");
        await RefusedAsync(caseId, Without("agency"), HttpStatusCode.BadRequest, "request.malformed");
        await RefusedAsync(caseId, Without("urgency"), HttpStatusCode.BadRequest, "request.malformed");
        await RefusedAsync(caseId, With("agency", "navy"), HttpStatusCode.UnprocessableEntity, "request.unknown-code");
        await RefusedAsync(caseId, With("urgency", "P4"), HttpStatusCode.UnprocessableEntity, "request.unknown-code");
        await RefusedAsync(caseId, With("desk", "front"), HttpStatusCode.UnprocessableEntity, "request.unknown-code");
        await RefusedAsync(caseId, With("ground", "curiosity"), HttpStatusCode.UnprocessableEntity, "request.unknown-code");
        await RefusedAsync(caseId, With("provinceCode", "02"), HttpStatusCode.UnprocessableEntity, "request.unknown-code");
        await RefusedAsync(caseId, With("haste", "much"), HttpStatusCode.BadRequest, "request.unknown-member");

        Assert.That(Texts(purpose.Json["missing"]), Is.EqualTo(new[] { "purpose" }));
    }

    [Test]
    public async Task Should_go_at_once_when_a_life_is_in_danger_and_say_what_is_missing()
    {
        var (_, caseId) = await operators.OpenCaseAsync(new JsonObject { ["callerNumber"] = "0912 000 888" });
        var (_, empty) = await operators.OpenCaseAsync(new JsonObject());

        var ungrounded = await RefusedAsync(caseId, Samples.Referral("police", "P0", null), HttpStatusCode.UnprocessableEntity, "referral.incomplete");
        var nothing = await RefusedAsync(empty, Samples.Referral("police", "P0", "imminent-danger"), HttpStatusCode.UnprocessableEntity, "referral.incomplete");
        var sent = (await operators.ReferAsync(caseId, "police", "P0", "imminent-danger")).Good();
        var content = await ContentAsync(sent.Id);

        Assert.That(Texts(ungrounded.Json["missing"]), Is.EqualTo(new[] { "ground" }));
        Assert.That(Texts(nothing.Json["missing"]), Is.EqualTo(new[] { "summary" }));
        Assert.That(Texts(sent.Json["missing"]), Is.EquivalentTo(new[] { "summary", "persons", "safety" }));
        Assert.That(Texts(content["missing"]), Is.EquivalentTo(new[] { "summary", "persons", "safety" }));
    }

    [TestCase("yes", "victim", "police", true)]
    [TestCase("yes", "victim", "", true)]
    [TestCase("partial", "victim", "police", true)]
    [TestCase("partial", "victim", "womens-union", false)]
    [TestCase("no", "victim", "", false)]
    [TestCase("not-asked", null, "", false)]
    [TestCase("yes", "reporter", "police", false)]
    public async Task Should_need_consent_that_covers_the_agency_or_a_ground(string given, string? by, string scope, bool covered)
    {
        var call = Samples.Call();
        call["consent"] = new JsonObject { ["given"] = given, ["by"] = by, ["scopeAgencies"] = scope.Length == 0 ? [] : new JsonArray(scope) };
        var (_, caseId) = await operators.OpenCaseAsync(call);

        if (!covered)
            await RefusedAsync(caseId, Samples.Referral("police", ground: null), HttpStatusCode.UnprocessableEntity, "referral.no-consent");
        var answer = await operators.ReferAsync(caseId, "police", ground: covered ? null : "child");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Created), answer.Text);
    }

    [Test]
    public async Task Should_take_a_reporters_consent_only_where_no_victim_is_on_the_case()
    {
        var call = Samples.Call();
        call["persons"] = new JsonArray();
        call["consent"] = new JsonObject { ["given"] = "yes", ["by"] = "reporter" };
        var (_, caseId) = await operators.OpenCaseAsync(call);

        var answer = await operators.ReferAsync(caseId, "police", "P3", ground: null);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Created), answer.Text);
    }

    [Test]
    public async Task Should_leave_out_each_group_and_say_so()
    {
        var (_, caseId) = await operators.OpenCaseAsync(Crowd("Không nêu tên ai."));
        var request = Samples.Referral("police");
        request["withhold"] = new JsonArray("reporter", "suspects", "accompanying-minors", "id-numbers");

        var sent = (await operators.PostAsync($"cases/{caseId}/referrals", request)).Good();
        var content = await ContentAsync(sent.Id);

        Assert.That(content["persons"]!.AsArray().Select(p => p!["role"]!.GetValue<string>()), Is.EqualTo(new[] { "victim" }));
        Assert.That(content["persons"]![0]!["idNumber"], Is.Null);
        foreach (var member in (string[])["callerNumber", "callerName", "callerRelation"])
            Assert.That(content["call"]![member], Is.Null, member);
        Assert.That(content["withheld"]!.AsArray().Select(w => w!["group"]!.GetValue<string>()), Is.EquivalentTo(Texts(request["withhold"])));
        Assert.That(content["withheld"]!.AsArray().Select(w => w!["reason"]!.GetValue<string>()), Is.All.Not.Empty);
        Assert.That(content.ToJsonString(), Does.Not.Contain("Phương").And.Not.Match(Samples.PhoneNumber).And.Not.Contain("012345678901"));
    }

    [TestCase("Chị Trần Thuỷ Phượng gọi", "reporter")]
    [TestCase("Chi TRAN THUY PHUONG goi", "reporter")]
    [TestCase("Chị Trần Thủy\n Phượng gọi", "reporter")]
    [TestCase("Chị Tr\u200Bần Thuỷ Phư\u2060ợng gọi", "reporter")]
    [TestCase("Chị Phượng gọi", "reporter")]
    [TestCase("gọi lại số +84 (912) 000-765 hoặc 0987 000 111", "reporter")]
    [TestCase("số của chị: 0912\u200B000\u202A765 0987000111", "reporter")]
    [TestCase("căn cước 012 345 678 901", "id-numbers")]
    [TestCase("Vàng Hoà hẹn đón", "suspects")]
    [TestCase("số 0392 000 222 của kẻ dụ dỗ", "suspects")]
    [TestCase("cháu Lò Văn Tí đi cùng", "accompanying-minors")]
    public async Task Should_be_refused_while_the_text_still_says_it(string text, string group)
    {
        foreach (var form in (NormalizationForm[])[NormalizationForm.FormC, NormalizationForm.FormD])
        {
            var (_, caseId) = await operators.OpenCaseAsync(Crowd(text.Normalize(form)));
            var request = Samples.Referral("police");
            request["withhold"] = new JsonArray(group);

            var refused = await RefusedAsync(caseId, request, HttpStatusCode.UnprocessableEntity, "referral.withheld-in-text");

            Assert.That(refused.Json["places"]!.AsArray().Select(p => (p!["path"]!.GetValue<string>(), p["group"]!.GetValue<string>())), Is.EqualTo(new[] { ("/call/summary", group) }));
        }
    }

    [Test]
    public async Task Should_go_with_the_text_when_that_is_confirmed_and_recorded()
    {
        var (_, caseId) = await operators.OpenCaseAsync(Crowd("Chị Phượng gọi"));
        var request = Samples.Referral("police");
        (request["withhold"], request["confirm"]) = (new JsonArray("reporter"), true);

        var sent = (await operators.PostAsync($"cases/{caseId}/referrals", request)).Good();
        var read = (await operators.GetAsync($"referrals/{sent.Id}")).Good();
        var recorded = await hotline.ScalarAsync<long>(
            "intake", "select count(*) from audit.records where leaf::json ->> 'referral' = $1 and leaf::json ->> 'code' = 'withheld-in-text-confirmed'", sent.Id.ToString());

        Assert.That(read.Json["textConfirmed"]!.GetValue<bool>(), Is.True);
        Assert.That(recorded, Is.EqualTo(1));
    }

    [TestCase("VN", "22", null, "province", "22")]
    [TestCase("VN", null, null, "central", null)]
    [TestCase("KH", null, null, "central", null)]
    [TestCase("VN", "22", "central", "central", "22")]
    public async Task Should_go_to_the_desk_of_the_province_or_the_central_one(string country, string? province, string? asked, string desk, string? goes)
    {
        var call = Samples.Call();
        call["placeOfEvent"] = new JsonObject { ["country"] = country, ["provinceCode"] = province };
        var (_, caseId) = await operators.OpenCaseAsync(call);
        var request = Samples.Referral("police");
        request["desk"] = asked;

        var sent = (await operators.PostAsync($"cases/{caseId}/referrals", request)).Good();
        var seen = await officer.SeesStateAsync(sent.Id, "delivered");

        Assert.That((seen["desk"], seen.Json["provinceCode"]?.GetValue<string>()), Is.EqualTo((desk, goes)));
        Assert.That(seen["unit"], Is.EqualTo(desk == "central" ? "central" : goes));
    }

    [Test]
    public async Task Should_never_go_to_the_unit_complained_of()
    {
        var call = Samples.Call();
        call["complaint"] = new JsonObject { ["againstAgency"] = "police", ["unitName"] = "Công an xã X (tên giả định)", ["acts"] = new JsonArray("refusal-to-receive") };
        var (_, caseId) = await operators.OpenCaseAsync(call);
        var later = Samples.Call();
        later["complaint"] = new JsonObject { ["againstAgency"] = "border-guard", ["acts"] = new JsonArray("other") };
        await AttachAsync(caseId, later);
        var request = Samples.Referral("police");
        (request["desk"], request["provinceCode"]) = ("province", "01");

        var sent = (await operators.PostAsync($"cases/{caseId}/referrals", request)).Good();
        var seen = await officer.SeesStateAsync(sent.Id, "delivered");

        Assert.That((seen["desk"], seen["unit"]), Is.EqualTo(("central", "central")), "a later complaint about others does not unsay the first");
    }

    [Test]
    public async Task Should_be_taken_from_the_unit_when_a_later_call_complains_of_it()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var sent = (await operators.ReferAsync(caseId, "police")).Good();
        var before = await officer.SeesStateAsync(sent.Id, "delivered");
        var later = Samples.Call();
        later["complaint"] = new JsonObject { ["againstAgency"] = "police", ["acts"] = new JsonArray("other") };
        await AttachAsync(caseId, later);

        (await operators.PostAsync($"referrals/{sent.Id}/updates", new JsonObject())).Good();
        var after = await Eventually.GetAsync("the central unit has it", () => officer.GetAsync($"referrals/{sent.Id}"), a => a["unit"] == "central");

        Assert.That(before["unit"], Is.EqualTo("01"));
        Assert.That(after["desk"], Is.EqualTo("central"));
        Assert.That((await operators.GetAsync($"referrals/{sent.Id}"))["desk"], Is.EqualTo("central"));
    }

    [Test]
    public async Task Should_have_one_open_referral_to_an_agency()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var first = (await operators.ReferAsync(caseId, "police")).Good();
        await officer.SeesStateAsync(first.Id, "delivered");
        await operators.SeesStateAsync(first.Id, "delivered");

        var second = await RefusedAsync(caseId, Samples.Referral("police"), HttpStatusCode.Conflict, "referral.already-open");
        var elsewhere = await operators.ReferAsync(caseId, "border-guard");
        await RefusedAsync(caseId, Samples.Referral("womens-union"), HttpStatusCode.Conflict, "agency.without-key");

        Assert.That(second.Id, Is.EqualTo(first.Id));
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Should_reach_every_holder_again_with_what_changed()
    {
        var (_, caseId) = await operators.OpenCaseAsync();
        var sent = (await operators.ReferAsync(caseId, "police", "P2")).Good();
        await operators.SeesStateAsync(sent.Id, "delivered");
        var later = Samples.Call();
        later["summary"] = "Đang bị đưa đi.";
        await AttachAsync(caseId, later);

        var updated = (await operators.PostAsync($"referrals/{sent.Id}/updates", new JsonObject { ["urgency"] = "P0" })).Good();
        var seen = await Eventually.GetAsync("the new version is there", () => officer.GetAsync($"referrals/{sent.Id}"), a => a.Json["fileVersion"]!.GetValue<int>() == 2);
        var content = await ContentAsync(sent.Id);

        Assert.That(updated.Id, Is.EqualTo(sent.Id));
        Assert.That(seen["urgency"], Is.EqualTo("P0"));
        Assert.That(content["call"]!["summary"]!.GetValue<string>(), Is.EqualTo("Đang bị đưa đi."));
        Assert.That(content["earlierCalls"]!.AsArray(), Has.Count.EqualTo(1));
    }

    async Task<Answer> RefusedAsync(Guid caseId, JsonObject request, HttpStatusCode status, string code)
    {
        var before = await hotline.ScalarAsync<long>("intake", "select count(*) from referrals where case_id = $1", caseId);
        var answer = await operators.PostAsync($"cases/{caseId}/referrals", request);
        Assert.That((answer.Status, answer.Code), Is.EqualTo((status, code)), answer.Text);
        Assert.That(await hotline.ScalarAsync<long>("intake", "select count(*) from referrals where case_id = $1", caseId), Is.EqualTo(before), "nothing was changed");
        return answer;
    }

    async Task<JsonObject> ContentAsync(Guid referral)
    {
        await officer.SeesStateAsync(referral, "delivered");
        return (await officer.GetAsync($"referrals/{referral}/content")).Good().Json.AsObject();
    }

    async Task AttachAsync(Guid caseId, JsonObject call)
    {
        var logged = (await operators.PostAsync("calls", call)).Good();
        (await operators.PostAsync($"cases/{caseId}/calls", new JsonObject { ["callId"] = logged["id"] })).Good();
    }

    static JsonObject Crowd(string summary)
    {
        var call = Samples.Call();
        (call["summary"], call["callerName"], call["callerNumber"]) = (summary, "Trần Thuỷ Phượng", "0912 000 765");
        call["persons"] = new JsonArray(
            new JsonObject { ["role"] = "victim", ["fullName"] = "Lò Thị Mai", ["idNumber"] = "012345678901" },
            new JsonObject { ["role"] = "reporter", ["fullName"] = "Trần Thuỷ Phượng", ["phone"] = "+84912000765" },
            new JsonObject { ["role"] = "suspect", ["fullName"] = "Vàng Hòa", ["phone"] = "0169 2000 222" },
            new JsonObject { ["role"] = "accompanying-minor", ["fullName"] = "Lò Văn Tí" });
        return call;
    }

    static JsonObject Without(string member)
    {
        var request = Samples.Referral("police");
        request.Remove(member);
        return request;
    }

    static JsonObject With(string member, string value)
    {
        var request = Samples.Referral("police");
        request[member] = value;
        return request;
    }

    static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(t => t!.GetValue<string>()).ToList();
}
