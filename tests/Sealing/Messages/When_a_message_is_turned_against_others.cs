namespace Hotline.Sealing.Tests;

public class When_a_message_is_turned_against_others
{
    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public void Should_refuse_a_message_handed_to_another_agency()
    {
        var mid = ThreeParties.NewId();
        var body = parties.Genuine(mid);
        var other = parties.EnvelopeOf(ThreeParties.WomensUnion);

        var codes = (other.Open(body, mid, ThreeParties.Police, ThreeParties.Now).Code(),
            other.Open(body, mid, ThreeParties.WomensUnion, ThreeParties.Now).Code());

        Assert.That(codes, Is.EqualTo((SealingCodes.WrongAudience, SealingCodes.WrongAudience)));
    }

    [Test]
    public void Should_refuse_what_an_agency_seals_anew_for_another()
    {
        // The women's union opens a message of the hub's and passes the hub's signature on as if it were for the police.
        var forger = new Forger(parties);
        var signed = forger.Sign(forger.Payload.Replace("\"aud\":\"police\"", "\"aud\":\"womens-union\"", StringComparison.Ordinal));

        var result = forger.OpenAtPolice(forger.Seal(signed));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.WrongAudience));
        Assert.That(((OpenResult.Rejected)result).ClaimedIssuer, Is.EqualTo(ThreeParties.Hub));
    }

    [Test]
    public void Should_refuse_a_swapped_recipient_key()
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), receiver: ThreeParties.WomensUnion));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.WrongAudience));
    }

    [Test]
    public void Should_refuse_a_sender_in_the_name_of_another()
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload, signer: ThreeParties.WomensUnion)));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.WrongIssuer));
    }

    [Test]
    public void Should_refuse_the_kid_of_one_party_with_the_signature_of_another()
    {
        var forger = new Forger(parties);
        var hub = parties.KeyOf(ThreeParties.Hub, KeyUse.Signing).Kid;
        var header = Forger.SignedHeader.Replace("KID", hub, StringComparison.Ordinal);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload, header, ThreeParties.WomensUnion)));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.BadSignature));
        Assert.That(((OpenResult.Rejected)result).ClaimedIssuer, Is.EqualTo(ThreeParties.Hub));
    }

    [Test]
    public void Should_refuse_a_stripped_signature()
    {
        var forger = new Forger(parties);
        var parts = forger.Sign(forger.Payload).Split('.');

        var codes = (
            Empty: forger.OpenAtPolice(forger.Seal($"{parts[0]}.{parts[1]}.")).Code(),
            Unsigned: forger.OpenAtPolice(forger.Seal($"{parts[0]}.{parts[1]}")).Code(),
            Plain: forger.OpenAtPolice(forger.Seal(forger.Payload)).Code(),
            None: forger.OpenAtPolice(forger.Seal($"{Forger.Encode("""{"alg":"none"}""")}.{parts[1]}.")).Code(),
            Short: forger.OpenAtPolice(forger.Seal($"{parts[0]}.{parts[1]}.{Base64UrlText.Encode(new byte[63])}")).Code(),
            Zero: forger.OpenAtPolice(forger.Seal($"{parts[0]}.{parts[1]}.{Base64UrlText.Encode(new byte[64])}")).Code());

        Assert.That(codes, Is.EqualTo((SealingCodes.BadSignature, SealingCodes.Malformed, SealingCodes.Malformed,
            SealingCodes.AlgorithmNotAllowed, SealingCodes.BadSignature, SealingCodes.BadSignature)));
    }

    [Test]
    public void Should_refuse_a_sealed_message_within_a_sealed_message()
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Seal(forger.Sign(forger.Payload))));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.Malformed));
    }

    [Test]
    public void Should_refuse_a_directory_as_a_message()
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(parties.Directory.Token));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.TypeNotAllowed));
    }

    [Test]
    public void Should_refuse_the_id_of_another_message()
    {
        var mid = ThreeParties.NewId();
        var body = parties.Genuine(mid);

        var result = parties.EnvelopeOf(ThreeParties.Police).Open(body, ThreeParties.NewId(), ThreeParties.Police, ThreeParties.Now);

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.MismatchedId));
        Assert.That(((OpenResult.Rejected)result).Mid, Is.EqualTo(mid));
    }

    [TestCase(31, "")]
    [TestCase(30 * 1440 - 1, "")]
    [TestCase(30 * 1440, SealingCodes.Expired)]
    [TestCase(40 * 1440, SealingCodes.Expired)]
    public void Should_open_a_replay_until_it_has_expired(int minutes, string code)
    {
        var mid = ThreeParties.NewId();
        var body = parties.Genuine(mid);

        var result = parties.EnvelopeOf(ThreeParties.Police).Open(body, mid, ThreeParties.Police, ThreeParties.Now.AddMinutes(minutes));

        // Within its life a replay is the inbox's business: identity is (iss, jti).
        Assert.That(result is OpenResult.Opened ? "" : result.Code(), Is.EqualTo(code));
    }

    [Test]
    public void Should_hold_a_message_from_the_future_and_open_it_when_it_is_due()
    {
        var mid = ThreeParties.NewId();
        var body = parties.Genuine(mid, ThreeParties.Now.AddMinutes(3));
        var police = parties.EnvelopeOf(ThreeParties.Police);

        var early = police.Open(body, mid, ThreeParties.Police, ThreeParties.Now);
        var due = police.Open(body, mid, ThreeParties.Police, ThreeParties.Now.AddMinutes(3));

        Assert.That(early, Is.TypeOf<OpenResult.Early>());
        Assert.That(due, Is.TypeOf<OpenResult.Opened>());
    }

    [Test]
    public void Should_hold_a_message_from_the_far_future_whatever_its_keys_say()
    {
        var forger = new Forger(parties);
        var far = forger.Fill("""
            {"v":1,"iss":"intake","aud":"police","jti":"MID","iat":IAT,"exp":EXP,"kind":"note.added","class":"live","body":{}}
            """, ThreeParties.Now.AddYears(70));

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(far)));

        Assert.That(result, Is.TypeOf<OpenResult.Early>());
    }
}
