using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Calls;

/// <summary>Each is refused with its code and changes nothing.</summary>
public sealed class When_a_request_is_malformed
{
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await SharedHotline.GetAsync();
        operators = await hotline.AsOperator();
    }

    static readonly string Deep = string.Concat(Enumerable.Repeat("{\"safety\":", 40)) + "1" + new string('}', 40);

    static readonly object[] Bodies =
    [
        new object[] { "", 400, "request.malformed" },
        new object[] { "null", 400, "request.malformed" },
        new object[] { "[]", 400, "request.malformed" },
        new object[] { "{", 400, "request.malformed" },
        new object[] { "{} {}", 400, "request.malformed" },
        new object[] { "{/*a*/}", 400, "request.malformed" },
        new object[] { "{\"summary\":\"a\",\"summary\":\"b\"}", 400, "request.malformed" },
        new object[] { "{\"safety\":{\"safeHours\":\"a\",\"safeHours\":\"b\"}}", 400, "request.malformed" },
        new object[] { Deep, 400, "request.malformed" },
        new object[] { "{\"summary\":\"a\\u0000b\"}", 400, "request.malformed" },
        new object[] { "{\"summary\":\"\\ud800\"}", 400, "request.malformed" },
        new object[] { "{\"summary\":\"\\udc00\\ud800\"}", 400, "request.malformed" },
        new object[] { "{\"\\ud800\":1}", 400, "request.malformed" },
        new object[] { "{\"channel\":\"\\ud800\"}", 400, "request.malformed" },
        new object[] { "{\"summary\":5}", 400, "request.malformed" },
        new object[] { "{\"summary\":[\"a\"]}", 400, "request.malformed" },
        new object[] { "{\"durationSeconds\":\"5\"}", 400, "request.malformed" },
        new object[] { "{\"durationSeconds\":-1}", 400, "request.malformed" },
        new object[] { "{\"durationSeconds\":1.5}", 400, "request.malformed" },
        new object[] { "{\"durationSeconds\":99999999999}", 400, "request.malformed" },
        new object[] { "{\"interpreterNeeded\":\"true\"}", 400, "request.malformed" },
        new object[] { "{\"startedAt\":\"2026-06-18\"}", 400, "request.malformed" },
        new object[] { "{\"startedAt\":\"2026-06-18T22:47:00\"}", 400, "request.malformed" },
        new object[] { "{\"startedAt\":\"2026-02-30T22:47:00+07:00\"}", 400, "request.malformed" },
        new object[] { "{\"persons\":[{\"birthDate\":\"2026-02-30\"}]}", 400, "request.malformed" },
        new object[] { "{\"persons\":[{\"birthDate\":\"30/01/2026\"}]}", 400, "request.malformed" },
        new object[] { "{\"persons\":[{\"ageApprox\":-1}]}", 400, "request.malformed" },
        new object[] { "{\"persons\":[null]}", 400, "request.malformed" },
        new object[] { "{\"persons\":{}}", 400, "request.malformed" },
        new object[] { "{\"needs\":\"medical\"}", 400, "request.malformed" },
        new object[] { "{\"id\":\"C-001\"}", 400, "request.unknown-member" },
        new object[] { "{\"expected\":{}}", 400, "request.unknown-member" },
        new object[] { "{\"repeatOf\":null}", 400, "request.unknown-member" },
        new object[] { "{\"reference\":\"HL-2026-000001\"}", 400, "request.unknown-member" },
        new object[] { "{\"Summary\":\"a\"}", 400, "request.unknown-member" },
        new object[] { "{\"persons\":[{\"id\":\"0190c0de-0000-7000-8000-000000000000\"}]}", 400, "request.unknown-member" },
        new object[] { "{\"persons\":[{\"role\":\"victim\",\"name\":\"a\"}]}", 400, "request.unknown-member" },
        new object[] { "{\"channel\":\"pigeon\"}", 422, "request.unknown-code" },
        new object[] { "{\"language\":\"xx\"}", 422, "request.unknown-code" },
        new object[] { "{\"needs\":[\"medical\",\"gold\"]}", 422, "request.unknown-code" },
        new object[] { "{\"persons\":[{\"ethnicity\":\"Martian\"}]}", 422, "request.unknown-code" },
        new object[] { "{\"persons\":[{\"nationality\":\"XX\"}]}", 422, "request.unknown-code" },
        new object[] { "{\"placeOfEvent\":{\"country\":\"vn\"}}", 422, "request.unknown-code" },
        new object[] { "{\"placeOfEvent\":{\"provinceCode\":\"02\"}}", 422, "request.unknown-code" },
        new object[] { "{\"consent\":{\"scopeAgencies\":[\"police\",\"navy\"]}}", 422, "request.unknown-code" },
        new object[] { "{\"complaint\":{\"againstAgency\":\"navy\"}}", 422, "request.unknown-code" },
        new object[] { $"{{\"summary\":\"{new string('a', 4001)}\"}}", 422, "request.too-long" },
    ];

    [TestCaseSource(nameof(Bodies))]
    public async Task Should_refuse_with_a_code_and_change_nothing(string body, int status, string code)
    {
        var before = await hotline.OfRequestsAsync("intake");

        var answer = await operators.PostBytesAsync("calls", Encoding.UTF8.GetBytes(body));

        Assert.That(((int)answer.Status, answer.Code), Is.EqualTo((status, code)), answer.Text);
        Assert.That(answer.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(await hotline.OfRequestsAsync("intake"), Is.EqualTo(before));
    }

    [Test]
    public async Task Should_refuse_the_same_in_a_change()
    {
        var made = (await operators.PostAsync("calls", Samples.Call())).Good();
        var before = await hotline.OfRequestsAsync("intake");

        foreach (var body in Bodies.Cast<object[]>().Where(b => (string)b[0] != ""))
        {
            var answer = await operators.SendAsync(HttpMethod.Patch, $"calls/{made.Id}", Bytes(Encoding.UTF8.GetBytes((string)body[0]), "application/merge-patch+json"), ifMatch: "\"1\"");
            Assert.That(((int)answer.Status, answer.Code), Is.EqualTo(((int)body[1], (string)body[2])), $"{body[0]}: {answer.Text}");
        }

        Assert.That(await hotline.OfRequestsAsync("intake"), Is.EqualTo(before));
    }

    [Test]
    public async Task Should_refuse_what_is_no_text_and_what_is_too_much()
    {
        var before = await hotline.OfRequestsAsync("intake");

        var bad = await operators.PostBytesAsync("calls", [.. "{\"summary\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        var surrogate = await operators.PostBytesAsync("calls", [.. "{\"summary\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8]);
        var large = await operators.PostBytesAsync("calls", Encoding.UTF8.GetBytes($"{{\"summary\":\"{new string('a', 300 * 1024)}\"}}"));
        var larger = await operators.PostBytesAsync("calls", new byte[2 * 1024 * 1024]);
        var form = await operators.SendAsync(HttpMethod.Post, "calls", Bytes("{}"u8.ToArray(), "text/plain"));
        var latin = await operators.SendAsync(HttpMethod.Post, "calls", Bytes("{}"u8.ToArray(), "application/json; charset=iso-8859-1"));

        Assert.That((bad.Status, bad.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.invalid-utf8")));
        Assert.That((surrogate.Status, surrogate.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.invalid-utf8")));
        Assert.That((large.Status, large.Code), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "request.too-large")));
        Assert.That((larger.Status, larger.Code), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "request.too-large")));
        Assert.That((form.Status, form.Code), Is.EqualTo((HttpStatusCode.UnsupportedMediaType, "media-type.unsupported")));
        Assert.That((latin.Status, latin.Code), Is.EqualTo((HttpStatusCode.UnsupportedMediaType, "media-type.unsupported")));
        Assert.That(await hotline.OfRequestsAsync("intake"), Is.EqualTo(before));
    }

    [TestCase("calls?limit=0")]
    [TestCase("calls?limit=201")]
    [TestCase("calls?limit=x")]
    [TestCase("calls?limit=-1")]
    [TestCase("calls?limit=%2B5")]
    [TestCase("calls?cursor=x")]
    [TestCase("calls?cursor=________________________________")]
    [TestCase("calls?cursor=!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [TestCase("calls?cursor=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9")]
    [TestCase("referrals?cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/.")]
    [TestCase("referrals?agency=%00")]
    [TestCase("watch?state=%00")]
    [TestCase("overrides?unit=a%00b")]
    [TestCase("referrals?limit=0")]
    [TestCase("referrals?cursor=AAAA")]
    [TestCase("watch?limit=0")]
    [TestCase("probes?cursor=x")]
    public async Task Should_refuse_a_page_that_cannot_be(string path)
    {
        var answer = await operators.GetAsync(path);

        Assert.That((answer.Status, answer.Code), Is.EqualTo((HttpStatusCode.BadRequest, "request.malformed")));
    }

    [TestCase("referrals?state=lost", "request.unknown-code", 422)]
    [TestCase("referrals?urgency=P9", "request.unknown-code", 422)]
    [TestCase("referrals?agency=navy", "request.unknown-code", 422)]
    [TestCase("nothing", "not-found", 404)]
    [TestCase("calls/1", "not-found", 404)]
    [TestCase("calls/0190c0de-0000-7000-8000-000000000000", "not-found", 404)]
    [TestCase("cases/0190c0de-0000-7000-8000-000000000000", "not-found", 404)]
    [TestCase("referrals/0190c0de-0000-7000-8000-000000000000", "not-found", 404)]
    [TestCase("referrals/0190c0de-0000-7000-8000-000000000000/history", "not-found", 404)]
    public async Task Should_refuse_what_is_not_there(string path, string code, int status)
    {
        var answer = await operators.GetAsync(path);

        Assert.That(((int)answer.Status, answer.Code), Is.EqualTo((status, code)));
        Assert.That(answer.MediaType, Is.EqualTo("application/problem+json"));
    }

    [TestCase("DELETE", "calls")]
    [TestCase("PUT", "calls/0190c0de-0000-7000-8000-000000000000")]
    [TestCase("OPTIONS", "calls")]
    public async Task Should_refuse_other_methods(string method, string path)
    {
        var answer = await operators.SendAsync(new HttpMethod(method), path, null);

        Assert.That((answer.Status, answer.Code), Is.EqualTo((HttpStatusCode.MethodNotAllowed, "method.not-allowed")));
    }

    [Test]
    public async Task Should_answer_a_HEAD_without_a_body()
    {
        var answer = await operators.SendAsync(HttpMethod.Head, "calls", null);

        Assert.That((answer.Status, answer.Text), Is.EqualTo((HttpStatusCode.MethodNotAllowed, "")));
    }

    [Test]
    public async Task Should_take_an_empty_filter_for_none()
    {
        var answer = await operators.GetAsync("referrals?state=&agency=&urgency=");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Text);
    }

    static ByteArrayContent Bytes(byte[] body, string type) => new(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
}
