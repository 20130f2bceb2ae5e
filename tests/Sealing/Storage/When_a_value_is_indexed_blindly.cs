namespace Hotline.Sealing.Tests;

public class When_a_value_is_indexed_blindly
{
    const int Most = 1 << 15;
    string folder = null!;
    StorageKeys keys = null!;

    [OneTimeSetUp]
    public void Begin()
    {
        folder = Directory.CreateTempSubdirectory("hotline-index-").FullName;
        StorageKeys.Create(folder);
        keys = StorageKeys.Load(folder);
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Should_have_15_bits_well_used()
    {
        var indexes = Numbers(100_000).Select(n => keys.BlindIndex(n, "caller-number")).ToList();

        Assert.That(indexes, Has.All.InRange(0, Most - 1));
        // 100,000 values in 32,768 places leave about 4.7 % of them empty.
        Assert.That(indexes.Distinct().Count(), Is.InRange(30_500, 32_000));
    }

    [Test]
    public void Should_be_shared_by_many_numbers()
    {
        var index = keys.BlindIndex("+84912345678", "caller-number");

        var sharing = Numbers(400_000).Count(n => keys.BlindIndex(n, "caller-number") == index);

        Assert.That(sharing, Is.GreaterThan(1));
    }

    [Test]
    public void Should_be_the_same_for_the_same_value_and_purpose_only()
    {
        var again = StorageKeys.Load(folder);

        var numbers = Numbers(50).ToList();

        Assert.That(numbers.Select(n => again.BlindIndex(n, "a")), Is.EqualTo(numbers.Select(n => keys.BlindIndex(n, "a"))));
        Assert.That(numbers.Select(n => keys.BlindIndex(n, "b")), Is.Not.EqualTo(numbers.Select(n => keys.BlindIndex(n, "a"))));
    }

    [Test]
    public void Should_differ_between_parties()
    {
        var other = Directory.CreateTempSubdirectory("hotline-index-");
        StorageKeys.Create(other.FullName);
        var others = StorageKeys.Load(other.FullName);
        other.Delete(recursive: true);

        var numbers = Numbers(50).ToList();

        Assert.That(numbers.Select(n => others.BlindIndex(n, "a")), Is.Not.EqualTo(numbers.Select(n => keys.BlindIndex(n, "a"))));
    }

    [Test]
    public void Should_have_as_many_bits_as_configured_but_never_a_whole_hash()
    {
        var narrow = StorageKeys.Load(folder, blindIndexBits: 4);

        Assert.That(Numbers(1000).Select(n => narrow.BlindIndex(n, "a")), Has.All.InRange(0, 15));
        Assert.That(() => StorageKeys.Load(folder, blindIndexBits: 32), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => StorageKeys.Load(folder, blindIndexBits: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Should_give_every_purpose_its_own_mac_key()
    {
        var value = "x"u8.ToArray();

        var a = keys.Mac(value, "a");

        Assert.That(a, Has.Length.EqualTo(32).And.EqualTo(keys.Mac(value, "a")).And.Not.EqualTo(keys.Mac(value, "b")));
    }

    static IEnumerable<string> Numbers(int count) => Enumerable.Range(0, count).Select(n => $"+84{900_000_000 + n * 7}");
}
