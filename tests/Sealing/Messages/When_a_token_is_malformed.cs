using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing.Tests;

public class When_a_token_is_malformed
{
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [TestCase("")]
    [TestCase(".")]
    [TestCase("....")]
    [TestCase(".....")]
    [TestCase("hello")]
    [TestCase("a.b.c")]
    [TestCase("{\"protected\":\"\"}")]
    [TestCase("\u0000")]
    [TestCase("é.é.é.é.é")]
    [TestCase("\ud800....")]
    public void Should_refuse_what_is_no_token(string body)
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(body);

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.Malformed));
        Assert.That(((OpenResult.Rejected)result).BodySha256, Is.EqualTo(SHA256.HashData(Encoding.UTF8.GetBytes(body))));
    }

    [Test]
    public void Should_refuse_other_spellings_of_every_part([Range(0, 4)] int part)
    {
        var forger = new Forger(parties);
        var genuine = forger.Seal(forger.Sign(forger.Payload));

        var codes = Respellings(genuine, part).Select(s => forger.OpenAtPolice(s).Code()).ToList();

        Assert.That(codes, Has.Count.GreaterThan(5).And.All.EqualTo(SealingCodes.Malformed));
    }

    [Test]
    public void Should_refuse_other_spellings_inside([Range(0, 2)] int part)
    {
        var forger = new Forger(parties);
        var genuine = forger.Sign(forger.Payload);

        var codes = Respellings(genuine, part).Select(s => forger.OpenAtPolice(forger.Seal(s)).Code()).ToList();

        Assert.That(codes, Has.Count.GreaterThan(5).And.All.EqualTo(SealingCodes.Malformed));
    }

    [TestCase("Zg==")]
    [TestCase("Zh")]
    [TestCase("Zm9=")]
    [TestCase("Zm+/")]
    [TestCase("Zm 9")]
    [TestCase("Zm9v\n")]
    [TestCase("Z")]
    [TestCase("Zm9vY")]
    [TestCase("Zm9%3D")]
    public void Should_decode_one_spelling_of_base64url_only(string text) =>
        Assert.That(Base64UrlText.TryDecode(text, out _), Is.False);

    [Test]
    public void Should_refuse_a_missing_or_added_part()
    {
        var forger = new Forger(parties);
        var genuine = forger.Seal(forger.Sign(forger.Payload));

        var codes = new[] { genuine + ".", "." + genuine, genuine[..genuine.LastIndexOf('.')], genuine + ".AAAA" }
            .Select(b => forger.OpenAtPolice(b).Code());

        Assert.That(codes, Has.All.EqualTo(SealingCodes.Malformed));
    }

    [Test]
    public void Should_refuse_any_changed_letter()
    {
        const int Seed = 20260901;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var forger = new Forger(parties);
        var genuine = forger.Seal(forger.Sign(forger.Payload));

        var results = Enumerable.Range(0, 500).Select(_ =>
        {
            var changed = genuine.ToCharArray();
            var at = random.Next(changed.Length);
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            return forger.OpenAtPolice(new string(changed));
        });

        Assert.That(results, Has.All.TypeOf<OpenResult.Rejected>());
    }

    [Test]
    public void Should_say_no_more_than_that_decryption_failed()
    {
        var forger = new Forger(parties);
        var parts = forger.Seal(forger.Sign(forger.Payload)).Split('.');

        var codes = Enumerable.Range(1, 4).Select(n =>
        {
            var changed = (string[])parts.Clone();
            changed[n] = (changed[n][0] == 'A' ? "B" : "A") + changed[n][1..];
            return forger.OpenAtPolice(string.Join('.', changed)).Code();
        });

        Assert.That(codes, Has.All.EqualTo(SealingCodes.DecryptionFailed));
    }

    [TestCase(16)]
    [TestCase(15)]
    [TestCase(12)]
    [TestCase(0)]
    public void Should_refuse_a_shortened_tag(int bytes)
    {
        var forger = new Forger(parties);
        var parts = forger.Seal(forger.Sign(forger.Payload)).Split('.');
        Base64UrlText.TryDecode(parts[4], out byte[] tag);
        parts[4] = Base64UrlText.Encode(tag.AsSpan(0, bytes));

        var result = forger.OpenAtPolice(string.Join('.', parts));

        Assert.That(result is OpenResult.Opened ? "" : result.Code(), Is.EqualTo(bytes == 16 ? "" : SealingCodes.Malformed));
    }

    [Test]
    public void Should_refuse_an_oversized_body_before_anything_else()
    {
        var forger = new Forger(parties);
        var oversized = forger.Seal(forger.Sign(forger.Payload.Replace("\"000\"", $"\"{new string('0', 150_000)}\"", StringComparison.Ordinal)));
        var largest = forger.Seal(forger.Sign(forger.Payload.Replace("\"000\"", $"\"{new string('0', 145_000)}\"", StringComparison.Ordinal)));

        var codes = (forger.OpenAtPolice(oversized).Code(), forger.OpenAtPolice(new string('A', 5_000_000)).Code());

        Assert.That(codes, Is.EqualTo((SealingCodes.TooLarge, SealingCodes.TooLarge)));
        Assert.That(largest, Has.Length.LessThanOrEqualTo(Suite.LargestToken));
        Assert.That(forger.OpenAtPolice(largest), Is.TypeOf<OpenResult.Opened>());
    }

    static IEnumerable<string> Respellings(string token, int part)
    {
        var parts = token.Split('.');
        string With(string text) => string.Join('.', parts.Select((p, n) => n == part ? text : p));
        var own = parts[part];

        yield return With(own + "=");
        yield return With(own + "==");
        yield return With(own + " ");
        yield return With("\n" + own);
        yield return With(own.Insert(4, "\r\n"));
        yield return With(own.Insert(4, "%"));
        yield return With(own + "+");
        // The same bytes, with a spare bit set: only the last letter of a part that is no multiple of four has any.
        if (own.Length % 4 != 0)
            yield return With(own[..^1] + Letters[Letters.IndexOf(own[^1], StringComparison.Ordinal) | 1]);
    }
}
