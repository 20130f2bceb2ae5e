using System.Security.Cryptography;

namespace Hotline.Sealing.Tests;

/// <summary>OpenSSL called directly, and the platform's own: what one agrees on, the other does, and both refuse the same.</summary>
public class When_keys_agree
{
    static readonly Func<ECParameters, AgreementKey>[] Kinds = [key => new PlatformAgreementKey(key), key => new OpenSslAgreementKey(key)];

    static IEnumerable<TestCaseData> Pairs() =>
        from sender in Enumerable.Range(0, 2) from receiver in Enumerable.Range(0, 2) select new TestCaseData(sender, receiver);

    [Test]
    public void Should_be_openssl_where_the_product_runs() => Assert.That(OpenSslAgreementKey.Available, Is.True);

    [TestCaseSource(nameof(Pairs))]
    public void Should_agree_whoever_computes_it(int sender, int receiver)
    {
        var key = Jwk.Create(KeyUse.Encryption);
        using var to = Kinds[sender](key.PublicHalf().Parameters());
        using var own = Kinds[receiver](key.Parameters());

        for (var i = 0; i < 50; i++)
            Assert.That(to.AgreeAnew(out var ephemeral), Is.EqualTo(own.TryAgree(ephemeral.X!, ephemeral.Y!)));
    }

    [Test]
    public void Should_make_each_ephemeral_key_anew([Values(0, 1)] int kind)
    {
        using var to = Kinds[kind](Jwk.Create(KeyUse.Encryption).PublicHalf().Parameters());

        var points = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            to.AgreeAnew(out var ephemeral);
            points.Add(Convert.ToHexString(ephemeral.X!));
        }

        Assert.That(points, Is.Unique);
    }

    [Test]
    public void Should_refuse_what_is_no_point_of_the_curve([Values(0, 1)] int kind)
    {
        var key = Jwk.Create(KeyUse.Encryption);
        using var own = Kinds[kind](key.Parameters());
        var (x, y) = (key.X, key.Y);
        var beside = (byte[])y.Clone();
        beside[31] ^= 1;
        var p = Convert.FromHexString("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");

        Assert.Multiple(() =>
        {
            Assert.That(own.TryAgree(x, beside), Is.Null);
            Assert.That(own.TryAgree(new byte[32], new byte[32]), Is.Null);
            Assert.That(own.TryAgree(p, y), Is.Null);
            Assert.That(own.TryAgree(x[..31], y), Is.Null);
            Assert.That(own.TryAgree(x, y), Is.Not.Null);
        });
    }

    [Test]
    public void Should_still_work_after_many_refusals_on_many_threads()
    {
        var key = Jwk.Create(KeyUse.Encryption);
        Parallel.For(0, 8, _ =>
        {
            using var own = new OpenSslAgreementKey(key.Parameters());
            for (var i = 0; i < 200; i++)
            {
                Assert.That(own.TryAgree(new byte[32], key.Y), Is.Null);
                Assert.That(own.AgreeAnew(out var ephemeral), Is.EqualTo(own.TryAgree(ephemeral.X!, ephemeral.Y!)));
            }
        });
    }
}
