using System.Globalization;
using System.Numerics;

namespace Hotline.Sealing.Tests;

/// <summary>ES256 is malleable: (r, n - s) verifies wherever (r, s) does. So no hash of a token may serve as its identity.</summary>
public class When_a_signature_is_varied
{
    static readonly BigInteger Order = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    readonly ThreeParties parties = new();

    [OneTimeTearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public void Should_be_the_same_message_by_issuer_and_id()
    {
        var forger = new Forger(parties);
        var signed = forger.Sign(forger.Payload);
        var varied = Vary(signed);

        var first = (OpenResult.Opened)forger.OpenAtPolice(forger.Seal(signed));
        var second = forger.OpenAtPolice(forger.Seal(varied));

        Assert.That(varied, Is.Not.EqualTo(signed));
        Assert.That(second, Is.TypeOf<OpenResult.Opened>());
        var opened = (OpenResult.Opened)second;
        Assert.That((opened.Payload.Iss, opened.Payload.Jti), Is.EqualTo((first.Payload.Iss, first.Payload.Jti)));
        Assert.That(opened.BodySha256, Is.Not.EqualTo(first.BodySha256));
    }

    static string Vary(string jws)
    {
        var parts = jws.Split('.');
        Base64UrlText.TryDecode(parts[2], out byte[] signature);
        var s = new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        var other = (Order - s).ToByteArray(isUnsigned: true, isBigEndian: true);
        signature.AsSpan(32).Clear();
        other.CopyTo(signature, 64 - other.Length);
        return $"{parts[0]}.{parts[1]}.{Base64UrlText.Encode(signature)}";
    }
}
