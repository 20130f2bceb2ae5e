using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing.Tests;

public class When_a_directory_arrives
{
    static readonly DateTimeOffset Now = ThreeParties.Now;
    ThreeParties parties = null!;

    [SetUp]
    public void Begin() => parties = new ThreeParties();

    [TearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public void Should_open_with_the_pin_from_a_file_and_be_what_was_published()
    {
        var pin = DirectoryPin.Load(Path.Combine(parties.Path("directory"), DirectoryAuthor.PinFile));

        var loaded = KeyDirectoryFile.Load(Path.Combine(parties.Path("directory"), DirectoryAuthor.DirectoryFile), pin);

        Assert.That(loaded.Token, Is.EqualTo(parties.Directory.Token));
        Assert.That((loaded.Version, loaded.Environment, loaded.Suite), Is.EqualTo((4, "exercise", Suite.Name)));
        Assert.That(loaded.Parties, Is.EqualTo(new[] { "intake", "police", "womens-union" }));
        Assert.That(loaded.Expires, Is.GreaterThan(loaded.Issued));
    }

    [Test]
    public void Should_be_refused_unsigned_forged_or_changed()
    {
        var token = parties.Directory.Token;
        var parts = token.Split('.');
        var pin = parties.Author.Pin;
        var foreign = DirectoryAuthor.Create(parties.Path("foreign"), "exercise", Now);
        var payload = Payload(token);

        var codes = new[]
        {
            Refusal($"{parts[0]}.{parts[1]}.", pin),
            Refusal($"{Forger.Encode("""{"alg":"none"}""")}.{parts[1]}.", pin),
            Refusal(foreign.Current.Token, pin),
            Refusal(token, foreign.Pin),
            Refusal($"{parts[0]}.{Forger.Encode(payload.Replace("\"version\":4", "\"version\":5", StringComparison.Ordinal))}.{parts[2]}", pin),
            Refusal(payload, pin),
            Refusal(new string('A', 300_000), pin),
        };

        Assert.That(codes, Is.EqualTo(new[]
        {
            SealingCodes.BadSignature, SealingCodes.AlgorithmNotAllowed, SealingCodes.UnknownDirectoryKey,
            SealingCodes.UnknownDirectoryKey, SealingCodes.BadSignature, SealingCodes.Malformed, SealingCodes.TooLarge,
        }));
    }

    [TestCase("\"version\":4", "\"version\":4,\"version\":4", SealingCodes.DuplicateMember)]
    [TestCase("\"version\":4", "\"version\":0", SealingCodes.Malformed)]
    [TestCase("\"version\":4", "\"version\":\"4\"", SealingCodes.Malformed)]
    [TestCase("\"version\":4,", "", SealingCodes.Malformed)]
    [TestCase("\"version\":4", "\"version\":4,\"more\":1", SealingCodes.Malformed)]
    [TestCase("A256GCM", "A128GCM", SealingCodes.UnknownSuite)]
    [TestCase("\"party\":\"police\"", "\"party\":\"intake\"", SealingCodes.Malformed)]
    [TestCase("\"party\":\"police\"", "\"party\":\"../police\"", SealingCodes.Malformed)]
    [TestCase("\"state\":\"active\"", "\"state\":\"Active\"", SealingCodes.Malformed)]
    [TestCase("\"state\":\"active\"", "\"state\":\"revoked\"", SealingCodes.Malformed)]
    [TestCase("\"state\":\"active\"", "\"state\":\"active\",\"revokedAt\":\"2026-01-01T00:00:00Z\"", SealingCodes.Malformed)]
    [TestCase("\"use\":\"sig\"", "\"use\":\"any\"", SealingCodes.Malformed)]
    [TestCase("\"crv\":\"P-256\"", "\"crv\":\"P-384\"", SealingCodes.Malformed)]
    [TestCase("\"kid\":\"", "\"kid\":\"A", SealingCodes.Malformed)]
    [TestCase("\"state\":\"active\"", "\"state\":\"active\",\"d\":\"AAAA\"", SealingCodes.Malformed)]
    public void Should_be_read_strictly_even_when_signed(string part, string with, string code)
    {
        var payload = Payload(parties.Directory.Token);
        var changed = payload.Replace(part, with, StringComparison.Ordinal);
        Assume.That(changed, Is.Not.EqualTo(payload));

        var refusal = Refusal(SignAsAuthor(changed), parties.Author.Pin);

        Assert.That(refusal, Is.EqualTo(code));
    }

    [Test]
    public void Should_refuse_one_key_with_two_owners()
    {
        var police = parties.KeyOf(ThreeParties.Police, KeyUse.Signing);
        var hub = parties.KeyOf(ThreeParties.Hub, KeyUse.Signing);
        var payload = Payload(parties.Directory.Token).Replace(police.Kid, hub.Kid, StringComparison.Ordinal)
            .Replace(police.X, hub.X, StringComparison.Ordinal).Replace(police.Y, hub.Y, StringComparison.Ordinal);

        var refusal = Refusal(SignAsAuthor(payload), parties.Author.Pin);

        Assert.That(refusal, Is.EqualTo(SealingCodes.Malformed));
    }

    [Test]
    public void Should_be_adopted_when_newer_and_refused_when_older()
    {
        var police = parties.EnvelopeOf(ThreeParties.Police);
        var old = parties.Directory;
        var newer = parties.Author.AddParty("coast-guard", parties.Path("coast-guard"), Now);

        Assert.That(police.TryAdopt(newer, out var taken), Is.True);
        Assert.That(police.TryAdopt(newer, out var again), Is.True);
        Assert.That(police.TryAdopt(old, out var code), Is.False);
        Assert.That((taken, again, code), Is.EqualTo((default(string), default(string), SealingCodes.OlderDirectory)));
        Assert.That(police.Directory, Is.SameAs(newer));
    }

    [Test]
    public void Should_refuse_another_content_under_the_same_version()
    {
        var police = parties.EnvelopeOf(ThreeParties.Police);
        var changed = Payload(parties.Directory.Token).Replace(
            $"\"expires\":\"{parties.Directory.Expires:yyyy}", $"\"expires\":\"{parties.Directory.Expires.AddYears(1):yyyy}", StringComparison.Ordinal);
        var other = KeyDirectory.TryOpen(SignAsAuthor(changed), parties.Author.Pin, out _)!;
        var resigned = KeyDirectory.TryOpen(SignAsAuthor(Payload(parties.Directory.Token)), parties.Author.Pin, out _)!;

        Assert.That(police.TryAdopt(other, out var code), Is.False);
        Assert.That(code, Is.EqualTo(SealingCodes.ConflictingDirectory));
        Assert.That(police.TryAdopt(resigned, out _), Is.True);
    }

    [Test]
    public void Should_refuse_another_environment()
    {
        var police = parties.EnvelopeOf(ThreeParties.Police);
        var payload = Payload(parties.Directory.Token).Replace("\"exercise\"", "\"production\"", StringComparison.Ordinal)
            .Replace("\"version\":4", "\"version\":9", StringComparison.Ordinal);
        var other = KeyDirectory.TryOpen(SignAsAuthor(payload), parties.Author.Pin, out _)!;

        Assert.That(police.TryAdopt(other, out var code), Is.False);
        Assert.That(code, Is.EqualTo(SealingCodes.WrongEnvironment));
        Assert.That(police.Directory.Version, Is.EqualTo(4));
    }

    [Test]
    public void Should_go_on_with_an_expired_one_and_accept_no_change_from_it()
    {
        var late = parties.Directory.Expires.AddDays(1);
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var police = parties.EnvelopeOf(ThreeParties.Police);
        var expired = parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), Now);

        var body = hub.Seal(hub.Sign(ThreeParties.Heading(mid, late), ThreeParties.Note("x")), mid, ThreeParties.Police, late);
        var result = police.Open(body, mid, ThreeParties.Police, late);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
        Assert.That(police.TryAdopt(expired, expired.Expires, out var code), Is.False);
        Assert.That(code, Is.EqualTo(SealingCodes.ExpiredDirectory));
        Assert.That(police.TryAdopt(expired, Now, out _), Is.True);
    }

    static string? Refusal(string token, DirectoryPin pin) =>
        KeyDirectory.TryOpen(token, pin, out var code) is null ? code : "opened";

    static string Payload(string token) => Base64UrlText.TryDecode(token.Split('.')[1], out var bytes) ? Encoding.UTF8.GetString(bytes) : "";

    string SignAsAuthor(string payload)
    {
        var secret = KeyFiles.Read(Path.Combine(parties.Path("directory"), DirectoryAuthor.SigningFile), secret: true);
        using var key = ECDsa.Create(secret.Parameters());
        var header = $$"""{"alg":"ES256","kid":"{{secret.Kid}}","typ":"hotline+directory"}""";
        var input = $"{Forger.Encode(header)}.{Forger.Encode(payload)}";
        return $"{input}.{Base64UrlText.Encode(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }
}
