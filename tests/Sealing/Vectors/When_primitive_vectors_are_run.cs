using System.Security.Cryptography;
using System.Text.Json;

namespace Hotline.Sealing.Tests;

/// <summary>Wycheproof's files for the primitives, through the very code that messages and stored cells go through.</summary>
public class When_primitive_vectors_are_run
{
    static readonly byte[] PointPrefix = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    static IEnumerable<TestCaseData> SignatureFiles() => Wycheproof.Files("EcdsaP1363Verify");

    static IEnumerable<TestCaseData> AgreementFiles() => Wycheproof.Files("EcdhTest");

    static IEnumerable<TestCaseData> JwkAgreementFiles() => Wycheproof.Files("EcdhWebcryptoTest");

    static IEnumerable<TestCaseData> GcmFiles() => Wycheproof.Files("AeadTest");

    [TestCaseSource(nameof(SignatureFiles))]
    public void Should_verify_signatures(string file) => Check(file, "EcdsaP1363Verify", (group, test) =>
    {
        if (group.Text("sha") != "SHA-256" || group.GetProperty("publicKey").Text("curve") != "secp256r1")
            return null;
        var x = Coordinate(group.GetProperty("publicKey").Text("wx"));
        var y = Coordinate(group.GetProperty("publicKey").Text("wy"));
        var key = new PublicKey("wycheproof", new Jwk(Jwk.Thumbprint(x, y), KeyUse.Signing, x, y, null))
        {
            NotBefore = default,
            NotAfter = default,
            State = KeyState.Active,
        };
        return key.Verifies(test.Hex("msg"), test.Hex("sig"));
    });

    [TestCaseSource(nameof(JwkAgreementFiles))]
    public void Should_agree_with_a_key_as_jwk(string file) => Check(file, "EcdhWebcryptoTest", (group, test) =>
    {
        if (group.Text("curve") != "P-256")
            return null;
        var key = test.GetProperty("public");
        return key.Text("kty") == "EC" && key.Text("crv") == "P-256"
            && Wycheproof.Coordinate(key, "x") is { } x && Wycheproof.Coordinate(key, "y") is { } y
            && Agrees(Wycheproof.Coordinate(test.GetProperty("private"), "d")!, x, y, test);
    });

    [TestCaseSource(nameof(AgreementFiles))]
    public void Should_agree_with_a_key_as_der(string file) => Check(file, "EcdhTest", (group, test) =>
    {
        if (group.Text("curve") != "secp256r1" || group.Text("encoding") != "asn")
            return null;
        // The product reads coordinates; one DER spelling of a P-256 point carries them, every other is refused.
        var der = test.Hex("public");
        return der.Length == PointPrefix.Length + 64 && der.AsSpan().StartsWith(PointPrefix)
            && Agrees(Coordinate(test.Text("private")), der[PointPrefix.Length..^32], der[^32..], test);
    });

    [TestCaseSource(nameof(GcmFiles))]
    public void Should_open_aes_gcm(string file)
    {
        var ofGcm = Wycheproof.Algorithm(file) == "AES-GCM";
        Check(file, "AeadTest", (group, test) =>
            ofGcm && group.Number("ivSize") == 96 && group.Number("keySize") == 256 && group.Number("tagSize") == 128 ? Opens(test) : null);
    }

    // RFC 3394 section 4.6: 256 bits of key wrapped with a 256-bit key, the only sizes of the suite.
    [Test]
    public void Should_wrap_keys_as_rfc_3394_does()
    {
        var wrappingKey = Convert.FromHexString("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
        var key = Convert.FromHexString("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
        var wrapped = Convert.FromHexString("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21");
        var unwrapped = new byte[32];

        Assert.That(KeyWrap.Wrap(wrappingKey, key), Is.EqualTo(wrapped));
        Assert.That(KeyWrap.TryUnwrap(wrappingKey, wrapped, unwrapped), Is.True);
        Assert.That(unwrapped, Is.EqualTo(key));
        wrapped[7] ^= 1;
        Assert.That(KeyWrap.TryUnwrap(wrappingKey, wrapped, unwrapped), Is.False);
        Assert.That(unwrapped, Has.All.Zero);
    }

    static bool Opens(JsonElement test)
    {
        using var gcm = new AesGcm(test.Hex("key"), 16);
        byte[] box = [SealedBox.Format, .. test.Hex("iv"), .. test.Hex("ct"), .. test.Hex("tag")];
        try
        {
            return SealedBox.Open(gcm, box, test.Hex("aad")).AsSpan().SequenceEqual(test.Hex("msg"));
        }
        catch (SealBrokenException)
        {
            return false;
        }
    }

    static bool Agrees(byte[] d, byte[] x, byte[] y, JsonElement test)
    {
        using var own = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d });
        var parameters = own.ExportParameters(true);
        using var platform = new PlatformAgreementKey(parameters);
        using var openSsl = new OpenSslAgreementKey(parameters);
        var (one, other) = (platform.TryAgree(x, y), openSsl.TryAgree(x, y));
        Assert.That(other, Is.EqualTo(one), test.Name());
        return one is not null && one.AsSpan().SequenceEqual(test.Hex("shared"));
    }

    // Integers of the DER world: a sign byte in front, or leading zeros left out.
    static byte[] Coordinate(string hex) => Convert.FromHexString(hex.TrimStart('0').PadLeft(64, '0'));

    /// <param name="run">True: accepted with the right value. Null: not of the product's parameters.</param>
    static void Check(string file, string type, Func<JsonElement, JsonElement, bool?> run)
    {
        var results = Wycheproof.Tests(file, type).Select(t => (Name: t.Test.Name(), Expected: t.Test.Text("result"), Accepted: run(t.Group, t.Test))).ToList();
        var counted = results.Where(r => r.Accepted is not null).ToList();
        var wrong = counted.Where(r => r.Expected == "valid" && r.Accepted == false || r.Expected == "invalid" && r.Accepted == true);

        foreach (var outcome in counted.CountBy(r => $"{r.Expected}: {(r.Accepted == true ? "accepted" : "refused")}"))
            TestContext.Out.WriteLine($"{outcome.Value,4} {outcome.Key}");
        TestContext.Out.WriteLine($"{results.Count - counted.Count,4} not applicable");
        Assert.That(wrong.Select(r => $"{r.Name}: {r.Expected}"), Is.Empty);
        Assert.That(counted, Wycheproof.IsOwn(file) ? Is.Not.Empty : Is.Not.Null);
    }
}
