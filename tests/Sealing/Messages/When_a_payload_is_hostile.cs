using System.Text;

namespace Hotline.Sealing.Tests;

/// <summary>Signed and sealed by the genuine hub: what a faulty or a captured sender could send.</summary>
public class When_a_payload_is_hostile
{
    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [TestCase("\"v\":1,", "\"v\":1,\"v\":1,", SealingCodes.DuplicateMember)]
    [TestCase("\"v\":1,", "\"v\":1,\"is\\u0073\":\"police\",", SealingCodes.DuplicateMember)]
    [TestCase("{\"text\":\"x\"}", "{\"text\":\"x\",\"text\":\"y\"}", SealingCodes.DuplicateMember)]
    [TestCase("{\"text\":\"x\"}", "{\"a\":[{\"b\":1,\"\\u0062\":2}]}", SealingCodes.DuplicateMember)]
    [TestCase("\"v\":1,", "\"v\":2,", SealingCodes.UnsupportedVersion)]
    [TestCase("\"v\":1,", "\"v\":\"1\",", SealingCodes.Malformed)]
    [TestCase("\"v\":1,", "\"v\":1.5,", SealingCodes.Malformed)]
    [TestCase("\"v\":1,", "", SealingCodes.Malformed)]
    [TestCase("\"v\":1,", "\"v\":1,\"admin\":true,", SealingCodes.Malformed)]
    [TestCase("\"v\":1,", "\"v\":1,\"V\":1,", SealingCodes.Malformed)]
    [TestCase("\"iss\":\"intake\"", "\"iss\":\"police\"", SealingCodes.WrongIssuer)]
    [TestCase("\"iss\":\"intake\"", "\"iss\":\"womens-union\"", SealingCodes.WrongIssuer)]
    [TestCase("\"iss\":\"intake\"", "\"iss\":\"intake\\u0000\"", SealingCodes.WrongIssuer)]
    [TestCase("\"iss\":\"intake\"", "\"iss\":null", SealingCodes.Malformed)]
    [TestCase("\"aud\":\"police\"", "\"aud\":\"womens-union\"", SealingCodes.WrongAudience)]
    [TestCase("\"aud\":\"police\"", "\"aud\":[\"police\",\"womens-union\"]", SealingCodes.Malformed)]
    [TestCase("\"jti\":\"MID\"", "\"jti\":\"01990000-0000-7000-8000-000000000000\"", SealingCodes.MismatchedId)]
    [TestCase("\"jti\":\"MID\"", "\"jti\":\"1\"", SealingCodes.Malformed)]
    [TestCase("\"iat\":IAT", "\"iat\":\"IAT\"", SealingCodes.Malformed)]
    [TestCase("\"iat\":IAT", "\"iat\":1e9", SealingCodes.Malformed)]
    [TestCase("\"iat\":IAT", "\"iat\":-1", SealingCodes.Malformed)]
    [TestCase("\"exp\":EXP", "\"exp\":99999999999999", SealingCodes.Malformed)]
    [TestCase("\"exp\":EXP", "\"exp\":9999999999", SealingCodes.LifetimeNotAllowed)]
    [TestCase("\"exp\":EXP", "\"exp\":IAT", SealingCodes.Expired)]
    [TestCase(",\"exp\":EXP", "", SealingCodes.Malformed)]
    [TestCase("\"class\":\"live\"", "\"class\":\"test\"", SealingCodes.Malformed)]
    [TestCase("\"kind\":\"note.added\"", "\"kind\":\"\"", SealingCodes.Malformed)]
    [TestCase("\"seq\":7", "\"seq\":0", SealingCodes.Malformed)]
    [TestCase("\"seq\":7", "\"seq\":99999999999999999999", SealingCodes.Malformed)]
    [TestCase("\"epoch\":1", "\"epoch\":-1", SealingCodes.Malformed)]
    [TestCase("\"body\":{\"text\":\"x\"}", "\"body\":\"x\"", SealingCodes.Malformed)]
    [TestCase("\"body\":{\"text\":\"x\"}", "\"body\":[]", SealingCodes.Malformed)]
    [TestCase("{\"text\":\"x\"}", "{\"text\":\"\\ud800\"}", SealingCodes.Malformed)]
    [TestCase("{\"text\":\"x\"}", "{\"\\uDC00\":\"x\"}", SealingCodes.Malformed)]
    [TestCase("{\"text\":\"x\"}", "{\"text\":\"x\",}", SealingCodes.Malformed)]
    [TestCase("{\"text\":\"x\"}", "{\"text\":NaN}", SealingCodes.Malformed)]
    [TestCase("{\"text\":\"x\"}", "{/**/}", SealingCodes.Malformed)]
    [TestCase("\"pad\":\"000\"", "\"pad\":0", SealingCodes.Malformed)]
    [TestCase("{\"v\"", "[{\"v\"", SealingCodes.Malformed)]
    public void Should_refuse(string part, string with, string code)
    {
        var forger = new Forger(parties);
        var payload = Template.Replace(part, with, StringComparison.Ordinal);
        Assume.That(payload, Is.Not.EqualTo(Template));

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Fill(payload))));

        Assert.That(result.Code(), Is.EqualTo(code));
    }

    // A surrogate pair in escapes is text like any other; an absent pad only says more about the length.
    [TestCase("{\"text\":\"x\"}", "{\"text\":\"\\ud83d\\ude97\"}")]
    [TestCase(",\"pad\":\"000\"", "")]
    [TestCase("\"exp\":EXP", "\"exp\":1893456000")]
    public void Should_accept(string part, string with)
    {
        var forger = new Forger(parties);
        var soon = (ThreeParties.Now.ToUnixTimeSeconds() + 60).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var payload = Template.Replace(part, with.Replace("1893456000", soon, StringComparison.Ordinal), StringComparison.Ordinal);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Fill(payload))));

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
    }

    [TestCase(31, "")]
    [TestCase(32, SealingCodes.TooDeep)]
    [TestCase(40_000, SealingCodes.TooDeep)]
    public void Should_refuse_what_is_deeper_than_32(int depth, string code)
    {
        var forger = new Forger(parties);
        // The payload and its body are two levels already.
        var deep = new string('[', depth - 1) + new string(']', depth - 1);
        var payload = forger.Payload.Replace("\"x\"", deep, StringComparison.Ordinal);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(payload)));

        Assert.That(result is OpenResult.Opened ? "" : result.Code(), Is.EqualTo(code));
    }

    [TestCase(new byte[] { 0xC3, 0x28 })]
    [TestCase(new byte[] { 0xED, 0xA0, 0x80 })]
    [TestCase(new byte[] { 0xC0, 0xAF })]
    [TestCase(new byte[] { 0xFF })]
    public void Should_refuse_invalid_utf8(byte[] bytes)
    {
        var forger = new Forger(parties);
        var payload = Encoding.UTF8.GetBytes(forger.Payload);
        var at = forger.Payload.IndexOf("\"x\"", StringComparison.Ordinal) + 1;

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign([.. payload[..at], .. bytes, .. payload[(at + 1)..]])));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.Malformed));
    }

    [Test]
    public void Should_read_ten_thousand_members_as_fast_as_a_long_text()
    {
        var forger = new Forger(parties);
        var members = string.Join(',', Enumerable.Range(0, 10_000).Select(n => $"\"m{n}\":1"));
        var body = forger.Seal(forger.Sign(forger.Payload.Replace("{\"text\":\"x\"}", $$"""{{{members}}}""", StringComparison.Ordinal)));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        var result = forger.OpenAtPolice(body);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
        // A look-up that grew with the square would take minutes, not a fraction of a second.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalMilliseconds:F1} ms");
    }

    [Test]
    public void Should_refuse_a_byte_order_mark()
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign("\ufeff" + forger.Payload)));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.Malformed));
    }

    const string Template = """
        {"v":1,"iss":"intake","aud":"police","jti":"MID","iat":IAT,"exp":EXP,"kind":"note.added","class":"live","epoch":1,"seq":7,"body":{"text":"x"},"pad":"000"}
        """;
}
