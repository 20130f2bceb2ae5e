namespace Hotline.Sealing.Tests;

/// <summary>Every token here is genuine but for its header: the signature and the tag cover the hostile one.</summary>
public class When_a_header_is_hostile
{
    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public void Should_open_what_the_forger_changes_nothing_of()
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload)));

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
    }

    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"none\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"None\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"es256\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"HS256\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"RS256\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"ES384\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"ES256K\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"ES256 \"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"EdDSA\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":null", SealingCodes.Malformed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":[\"ES256\"]", SealingCodes.Malformed)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"ES256\",\"alg\":\"ES256\"", SealingCodes.DuplicateMember)]
    [TestCase("\"alg\":\"ES256\"", "\"alg\":\"ES256\",\"\\u0061lg\":\"none\"", SealingCodes.DuplicateMember)]
    [TestCase("\"alg\":\"ES256\",", "", SealingCodes.HeaderMissing)]
    [TestCase("\"typ\":\"hotline+jws\"", "\"typ\":\"JWT\"", SealingCodes.TypeNotAllowed)]
    [TestCase("\"typ\":\"hotline+jws\"", "\"typ\":\"hotline+directory\"", SealingCodes.TypeNotAllowed)]
    [TestCase(",\"typ\":\"hotline+jws\"", "", SealingCodes.HeaderMissing)]
    [TestCase("\"kid\":\"KID\",", "", SealingCodes.HeaderMissing)]
    [TestCase("\"kid\":\"KID\"", "\"kid\":\"KID\",\"kid\":\"KID\"", SealingCodes.DuplicateMember)]
    public void Should_refuse_a_signed_header(string part, string with, string code)
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload, Forger.SignedHeader.Replace(part, with, StringComparison.Ordinal))));

        Assert.That(result.Code(), Is.EqualTo(code));
    }

    [TestCase("\"zip\":\"DEF\"")]
    [TestCase("\"crit\":[\"exp\"]")]
    [TestCase("\"crit\":[]")]
    [TestCase("\"jku\":\"https://attacker.example/keys\"")]
    [TestCase("\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"x\",\"y\":\"y\"}")]
    [TestCase("\"x5u\":\"https://attacker.example/cert\"")]
    [TestCase("\"x5c\":[\"MII\"]")]
    [TestCase("\"x5t\":\"abc\"")]
    [TestCase("\"b64\":false")]
    [TestCase("\"b64\":false,\"crit\":[\"b64\"]")]
    [TestCase("\"p2c\":2147483647,\"p2s\":\"AAAA\"")]
    [TestCase("\"apu\":\"QWxpY2U\"")]
    [TestCase("\"iss\":\"intake\"")]
    [TestCase("\"Alg\":\"none\"")]
    [TestCase("\"\":\"\"")]
    public void Should_refuse_a_member_outside_the_list(string member)
    {
        var forger = new Forger(parties);
        var signed = forger.Sign(forger.Payload, Forger.SignedHeader.Insert(1, member + ","));

        var inside = forger.OpenAtPolice(forger.Seal(signed));
        var outside = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), Forger.SealedHeader.Insert(1, member + ",")));

        Assert.That((inside.Code(), outside.Code()), Is.EqualTo((SealingCodes.HeaderNotAllowed, SealingCodes.HeaderNotAllowed)));
    }

    [TestCase("\"alg\":\"ECDH-ES+A256KW\"", "\"alg\":\"ECDH-ES\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ECDH-ES+A256KW\"", "\"alg\":\"ECDH-ES+A128KW\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ECDH-ES+A256KW\"", "\"alg\":\"dir\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ECDH-ES+A256KW\"", "\"alg\":\"none\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ECDH-ES+A256KW\"", "\"alg\":\"RSA1_5\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"alg\":\"ECDH-ES+A256KW\"", "\"alg\":\"PBES2-HS256+A128KW\",\"p2c\":2147483647,\"p2s\":\"AAAA\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"enc\":\"A256GCM\"", "\"enc\":\"A128GCM\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"enc\":\"A256GCM\"", "\"enc\":\"A128CBC-HS256\"", SealingCodes.AlgorithmNotAllowed)]
    [TestCase("\"enc\":\"A256GCM\",", "", SealingCodes.HeaderMissing)]
    [TestCase("\"epk\":EPK,", "", SealingCodes.HeaderMissing)]
    [TestCase("\"epk\":EPK", "\"epk\":EPK,\"epk\":EPK", SealingCodes.DuplicateMember)]
    [TestCase("\"epk\":EPK", "\"epk\":\"EPK\"", SealingCodes.Malformed)]
    [TestCase("\"typ\":\"hotline+jwe\"", "\"typ\":\"JOSE\"", SealingCodes.TypeNotAllowed)]
    [TestCase("\"cty\":\"hotline+jws\"", "\"cty\":\"JWT\"", SealingCodes.TypeNotAllowed)]
    [TestCase(",\"cty\":\"hotline+jws\"", "", SealingCodes.HeaderMissing)]
    [TestCase("\"mid\":\"MID\"", "\"mid\":\"1\"", SealingCodes.Malformed)]
    [TestCase("\"mid\":\"MID\"", "\"mid\":\"01990000-0000-7000-8000-000000000000\"", SealingCodes.MismatchedId)]
    [TestCase(",\"to\":\"police\"", "", SealingCodes.HeaderMissing)]
    [TestCase("\"to\":\"police\"", "\"to\":\"womens-union\"", SealingCodes.WrongAudience)]
    [TestCase("\"to\":\"police\"", "\"to\":\"police\",\"to\":\"police\"", SealingCodes.DuplicateMember)]
    [TestCase("\"to\":\"police\"}", "\"to\":\"police\"} ", "")]
    [TestCase("\"to\":\"police\"}", "\"to\":\"police\"}{}", SealingCodes.Malformed)]
    [TestCase("\"to\":\"police\"}", "\"to\":\"police\",}", SealingCodes.Malformed)]
    [TestCase("\"to\":\"police\"}", "\"to\":\"police\"", SealingCodes.Malformed)]
    [TestCase("\"to\":\"police\"}", "\"to\":\"\\ud800\"}", SealingCodes.Malformed)]
    public void Should_refuse_a_sealed_header(string part, string with, string code)
    {
        var forger = new Forger(parties);

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), Forger.SealedHeader.Replace(part, with, StringComparison.Ordinal)));

        // White space around the object is JSON, and signed and sealed with the rest.
        Assert.That(code.Length == 0 ? result.GetType().Name : result.Code(), Is.EqualTo(code.Length == 0 ? nameof(OpenResult.Opened) : code));
    }

    [TestCase("../../../etc/passwd")]
    [TestCase("/dev/null")]
    [TestCase("x' or '1'='1")]
    [TestCase("a\\u0000b")]
    [TestCase("")]
    [TestCase("https://attacker.example/key")]
    public void Should_refuse_an_injection_through_kid(string kid)
    {
        var forger = new Forger(parties);

        var inside = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload, Forger.SignedHeader.Replace("KID", kid, StringComparison.Ordinal))));
        var outside = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), Forger.SealedHeader.Replace("KID", kid, StringComparison.Ordinal)));

        Assert.That((inside.Code(), outside.Code()), Is.EqualTo((SealingCodes.Malformed, SealingCodes.Malformed)));
    }

    // The first is on the curve's field but not on the curve; then the point of a weak curve, zeros, and coordinates beyond the field.
    [TestCase("\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"")]
    [TestCase("\"x\":\"weNJy2HscCSM7AEDTDbAuBLPJiTwDUIWtCBVRS4M7cM\",\"y\":\"i4p0qRtd7aIq3bfnSwHTNs1lvhjcQwxFLB2mZ0TwDHQ\"")]
    [TestCase("\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [TestCase("\"x\":\"__________________________________________8\",\"y\":\"__________________________________________8\"")]
    [TestCase("\"x\":\"AQ\",\"y\":\"AQ\"")]
    [TestCase("\"x\":\"\",\"y\":\"\"")]
    [TestCase("\"x\":1,\"y\":2")]
    public void Should_refuse_an_ephemeral_key_off_the_curve(string coordinates)
    {
        var forger = new Forger(parties);
        var epk = $$"""{"kty":"EC","crv":"P-256",{{coordinates}}}""";

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), Forger.SealedHeader.Replace("EPK", epk, StringComparison.Ordinal)));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.EphemeralKeyInvalid));
    }

    [TestCase("\"crv\":\"P-384\",\"kty\":\"EC\"")]
    [TestCase("\"crv\":\"P-256\",\"kty\":\"OKP\"")]
    [TestCase("\"crv\":\"P-256\",\"kty\":\"EC\",\"d\":\"AAAA\"")]
    [TestCase("\"crv\":\"P-256\"")]
    public void Should_refuse_an_ephemeral_key_of_another_form(string members)
    {
        var forger = new Forger(parties);
        var key = parties.KeyOf(ThreeParties.Hub, KeyUse.Encryption);
        var epk = $$"""{{{members}},"x":"{{key.X}}","y":"{{key.Y}}"}""";

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), Forger.SealedHeader.Replace("EPK", epk, StringComparison.Ordinal)));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.EphemeralKeyInvalid));
    }

    [TestCase(31, SealingCodes.HeaderNotAllowed)]
    [TestCase(32, SealingCodes.TooDeep)]
    [TestCase(400, SealingCodes.TooDeep)]
    public void Should_refuse_a_deep_header(int depth, string code)
    {
        var forger = new Forger(parties);
        var deep = $"\"x\":{new string('[', depth)}{new string(']', depth)},";

        var result = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload), Forger.SealedHeader.Insert(1, deep)));

        Assert.That(result.Code(), Is.EqualTo(code));
    }

    [Test]
    public void Should_refuse_a_compressed_bomb_unopened()
    {
        var forger = new Forger(parties);
        using var packed = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(packed, System.IO.Compression.CompressionLevel.SmallestSize))
            deflate.Write(new byte[50_000_000]);

        var result = forger.OpenAtPolice(forger.Seal(Convert.ToBase64String(packed.ToArray()), Forger.SealedHeader.Insert(1, "\"zip\":\"DEF\",")));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.HeaderNotAllowed));
    }
}
