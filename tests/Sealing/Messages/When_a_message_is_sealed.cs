using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline.Contracts;

namespace Hotline.Sealing.Tests;

public class When_a_message_is_sealed
{
    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public void Should_open_at_the_receiver()
    {
        var mid = ThreeParties.NewId();
        var heading = ThreeParties.Heading(mid);
        var note = ThreeParties.Note("Nguyễn Thị B. ở Móng Cái \ud83d\ude97 \"gọi lại\" </script>");
        var hub = parties.EnvelopeOf(ThreeParties.Hub);

        var jws = hub.Sign(heading, note);
        var body = hub.Seal(jws, mid, ThreeParties.Police, ThreeParties.Now);
        var result = parties.EnvelopeOf(ThreeParties.Police).Open(body, mid, ThreeParties.Police, ThreeParties.Now);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
        var opened = (OpenResult.Opened)result;
        Assert.Multiple(() =>
        {
            Assert.That(opened.Jws, Is.EqualTo(jws));
            Assert.That(opened.BodySha256, Is.EqualTo(SHA256.HashData(Encoding.UTF8.GetBytes(body))));
            Assert.That(opened.Payload.Body.Deserialize<NoteAdded>(Wire.Json), Is.EqualTo(note));
            Assert.That(opened.Payload.Iat, Is.EqualTo(ThreeParties.Now.ToUnixTimeSeconds()));
            Assert.That(opened.Payload.Exp, Is.EqualTo(opened.Payload.Iat + 30 * 24 * 3600));
            Assert.That((opened.Payload.Iss, opened.Payload.Aud, opened.Payload.Jti), Is.EqualTo((heading.Iss, heading.Aud, mid)));
            Assert.That((opened.Payload.Referral, opened.Payload.Epoch, opened.Payload.Seq),
                Is.EqualTo((heading.Referral, heading.Epoch, heading.Seq)));
        });
    }

    [Test]
    public void Should_sign_a_payload_and_a_typed_body_alike()
    {
        var heading = ThreeParties.Heading(ThreeParties.NewId()) with { Referral = null, Epoch = null, Seq = null };
        var note = ThreeParties.Note("Như nhau.");
        var hub = parties.EnvelopeOf(ThreeParties.Hub);

        var typed = PayloadOf(hub.Sign(heading, note));
        var element = PayloadOf(hub.Sign(new MessagePayload
        {
            V = 1,
            Iss = heading.Iss,
            Aud = heading.Aud,
            Jti = heading.Jti,
            Iat = heading.Iat.ToUnixTimeSeconds(),
            Exp = (heading.Iat + MessagePayload.Lifetime).ToUnixTimeSeconds(),
            Kind = heading.Kind,
            Class = heading.Class,
            Body = JsonSerializer.SerializeToElement(note, Wire.Json),
        }));

        Assert.That(element, Is.EqualTo(typed));
        Assert.That(typed, Does.Not.Contain("null,\"referral\"").And.Not.Contain("\"referral\""));
    }

    [TestCase(0, ExpectedResult = 4096)]
    [TestCase(1500, ExpectedResult = 4096)]
    [TestCase(3000, ExpectedResult = 8192)]
    [TestCase(8000, ExpectedResult = 16384)]
    [TestCase(16000, ExpectedResult = 32768)]
    [TestCase(40000, ExpectedResult = 65536)]
    [TestCase(60000, ExpectedResult = 131072)]
    public int Should_fill_up_to_one_of_few_lengths(int text) =>
        parties.EnvelopeOf(ThreeParties.Hub).Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note(new string('x', text))).Length;

    [Test]
    public void Should_fill_exactly_at_every_length_around_a_step()
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);

        var lengths = Enumerable.Range(2400, 400)
            .Select(n => hub.Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note(new string('x', n))).Length).ToList();

        Assert.That(lengths.Distinct(), Is.EquivalentTo(new[] { 4096, 8192 }));
        Assert.That(lengths, Is.Ordered);
    }

    [Test]
    public void Should_open_the_largest_and_refuse_to_sign_what_is_larger()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);

        var body = hub.Seal(hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note(new string('x', 97_000))), mid, ThreeParties.Police, ThreeParties.Now);
        var result = parties.EnvelopeOf(ThreeParties.Police).Open(body, mid, ThreeParties.Police, ThreeParties.Now);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
        Assert.That(() => hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note(new string('x', 99_000))),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.TooLarge));
    }

    [Test]
    public void Should_look_different_every_time_and_hold_no_plain_word()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var jws = hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note("MARKERWORD"));

        var first = hub.Seal(jws, mid, ThreeParties.Police, ThreeParties.Now);
        var second = hub.Seal(jws, mid, ThreeParties.Police, ThreeParties.Now);

        Assert.That(first.Split('.').Zip(second.Split('.')), Has.None.Matches<(string a, string b)>(p => p.a == p.b));
        Assert.That(first, Has.Length.EqualTo(second.Length).And.Not.Contain(jws.Split('.')[1][..40]));
    }

    [Test]
    public void Should_serve_many_threads_at_once()
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var police = parties.EnvelopeOf(ThreeParties.Police);

        var opened = Enumerable.Range(0, 400).AsParallel().WithDegreeOfParallelism(8).Select(n =>
        {
            var mid = ThreeParties.NewId();
            var body = hub.Seal(hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note($"note {n}")), mid, ThreeParties.Police, ThreeParties.Now);
            return police.Open(body, mid, ThreeParties.Police, ThreeParties.Now) is OpenResult.Opened o
                && o.Payload.Body.GetProperty("text").GetString() == $"note {n}";
        }).ToList();

        Assert.That(opened, Has.Count.EqualTo(400).And.All.True);
    }

    [Test]
    public void Should_say_when_there_is_nobody_to_seal_for_or_no_key_to_sign_with()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var stranger = new Envelope(ThreeParties.Hub, PartyKeys.Load(parties.Path(ThreeParties.Police)), parties.Directory);

        Assert.That(() => hub.Seal("a.b.c", mid, "coast-guard", ThreeParties.Now),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.NoReceiverKey));
        Assert.That(() => stranger.Sign(ThreeParties.Heading(mid), ThreeParties.Note("x")),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.NoSigningKey));
    }

    [Test]
    public void Should_never_print_content()
    {
        var forger = new Forger(parties);

        var opened = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload.Replace("\"x\"", "\"MARKERWORD\"", StringComparison.Ordinal))));

        Assert.That(opened, Is.TypeOf<OpenResult.Opened>());
        Assert.That(opened.ToString(), Does.Not.Contain("MARKERWORD").And.Not.Contain("eyJ"));
    }

    static string PayloadOf(string jws) =>
        Base64UrlText.TryDecode(jws.Split('.')[1], out var bytes) ? Encoding.UTF8.GetString(bytes) : "";
}
