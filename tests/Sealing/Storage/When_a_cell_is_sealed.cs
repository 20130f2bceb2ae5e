using System.Security.Cryptography;
using System.Text;

namespace Hotline.Sealing.Tests;

public class When_a_cell_is_sealed
{
    static readonly Guid Row = Guid.CreateVersion7(ThreeParties.Now);
    static readonly CellAddress At = new("referrals", Row, "content", 3);
    string folder = null!;
    StorageKeys keys = null!;
    DataKey key = null!;

    [OneTimeSetUp]
    public void Begin()
    {
        folder = Directory.CreateTempSubdirectory("hotline-storage-").FullName;
        StorageKeys.Create(folder);
        keys = StorageKeys.Load(folder);
        key = keys.NewDataKey(ThreeParties.NewId());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [TestCase("")]
    [TestCase("Nguyễn Thị B., 0912 345 678")]
    public void Should_open_where_it_was_sealed(string text)
    {
        var stored = key.SealText(text, At);

        Assert.That(key.OpenText(stored, At), Is.EqualTo(text));
        Assert.That(stored, Has.Length.EqualTo(Encoding.UTF8.GetByteCount(text) + 29));
    }

    static IEnumerable<TestCaseData> Elsewhere()
    {
        yield return new TestCaseData(At with { Table = "calls" }).SetArgDisplayNames("another table");
        yield return new TestCaseData(At with { Row = Guid.CreateVersion7(ThreeParties.Now) }).SetArgDisplayNames("another row");
        yield return new TestCaseData(At with { Column = "notes" }).SetArgDisplayNames("another column");
        yield return new TestCaseData(At with { Version = 4 }).SetArgDisplayNames("rolled back");
        yield return new TestCaseData(At with { Version = 2 }).SetArgDisplayNames("brought forward");
    }

    [TestCaseSource(nameof(Elsewhere))]
    public void Should_refuse_to_open(CellAddress elsewhere)
    {
        var stored = key.SealText("x", At);

        Assert.That(() => key.Open(stored, elsewhere), Throws.TypeOf<SealBrokenException>());
    }

    [Test]
    public void Should_not_confuse_the_names_of_table_and_column()
    {
        var stored = key.SealText("x", new CellAddress("ab", Row, "c", 1));

        Assert.That(() => key.Open(stored, new CellAddress("a", Row, "bc", 1)), Throws.TypeOf<SealBrokenException>());
    }

    [Test]
    public void Should_refuse_the_cell_of_another_case()
    {
        using var other = keys.NewDataKey(ThreeParties.NewId());
        var stored = other.SealText("x", At);

        Assert.That(() => key.Open(stored, At), Throws.TypeOf<SealBrokenException>());
    }

    [Test]
    public void Should_refuse_any_changed_or_missing_byte()
    {
        var stored = key.SealText("Chuyện của chị B.", At);

        for (var at = 0; at < stored.Length; at++)
        {
            var changed = (byte[])stored.Clone();
            changed[at] ^= 0x80;
            Assert.That(() => key.Open(changed, At), Throws.TypeOf<SealBrokenException>(), $"byte {at}");
            Assert.That(() => key.Open(stored.AsSpan(0, at).ToArray(), At), Throws.TypeOf<SealBrokenException>(), $"cut at {at}");
        }
    }

    [Test]
    public void Should_say_nothing_of_the_content_when_broken_and_never_print_a_key()
    {
        var stored = key.SealText("MARKERWORD", At);

        Assert.That(() => key.Open(stored, At with { Version = 9 }),
            Throws.TypeOf<SealBrokenException>().With.Message.EqualTo("A stored value does not open.").And.Property("InnerException").Null);
        Assert.That((key.ToString(), keys.ToString()), Is.EqualTo(("[data key]", "[storage keys]")));
    }

    [Test]
    public void Should_open_after_the_key_was_wrapped_and_loaded_again()
    {
        var stored = key.SealText("x", At);
        var wrapped = keys.Wrap(key);

        using var again = StorageKeys.Load(folder).Unwrap(key.Id, wrapped);

        Assert.That(again.OpenText(stored, At), Is.EqualTo("x"));
        Assert.That(() => keys.Unwrap(ThreeParties.NewId(), wrapped), Throws.TypeOf<SealBrokenException>());
        wrapped[20] ^= 1;
        Assert.That(() => keys.Unwrap(key.Id, wrapped), Throws.TypeOf<SealBrokenException>());
    }

    [Test]
    public void Should_keep_the_storage_key_that_is_there()
    {
        var before = File.ReadAllBytes(Path.Combine(folder, StorageKeys.FileName));

        StorageKeys.Create(folder);

        Assert.That(File.ReadAllBytes(Path.Combine(folder, StorageKeys.FileName)), Is.EqualTo(before));
    }

    [Test]
    public void Should_open_a_secret_in_its_own_place_only()
    {
        var secret = RandomNumberGenerator.GetBytes(20);

        var stored = keys.SealSecret(secret, "accounts/1/totp");

        Assert.That(keys.OpenSecret(stored, "accounts/1/totp"), Is.EqualTo(secret));
        Assert.That(() => keys.OpenSecret(stored, "accounts/2/totp"), Throws.TypeOf<SealBrokenException>());
    }

    [Test]
    public void Should_serve_many_threads_at_once()
    {
        var texts = Enumerable.Range(0, 2000).AsParallel().WithDegreeOfParallelism(8)
            .Select(n => key.OpenText(key.SealText($"{n}", At with { Version = n }), At with { Version = n }) == $"{n}").ToList();

        Assert.That(texts, Has.Count.EqualTo(2000).And.All.True);
    }
}
