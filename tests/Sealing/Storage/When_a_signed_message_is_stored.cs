namespace Hotline.Sealing.Tests;

public class When_a_signed_message_is_stored
{
    static readonly CellAddress At = new("inbox", Guid.CreateVersion7(ThreeParties.Now), "sealed_jws", 1);

    readonly ThreeParties parties = new();
    string folder = null!;
    DataKey key = null!;

    [OneTimeSetUp]
    public void Begin()
    {
        folder = Directory.CreateTempSubdirectory("hotline-storage-").FullName;
        StorageKeys.Create(folder);
        key = StorageKeys.Load(folder).NewDataKey(ThreeParties.NewId());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        parties.Dispose();
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // Lengths around the padded sizes, and text that ends as the pad is written.
    [TestCase(0), TestCase(1), TestCase(2), TestCase(3), TestCase(2000), TestCase(2500), TestCase(2600), TestCase(9000)]
    public void Should_come_back_to_the_last_character(int length)
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var jws = hub.Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note(new string('0', length)));

        var stored = key.SealSigned(jws, At);

        Assert.That(key.OpenSigned(stored, At), Is.EqualTo(jws));
    }

    [Test]
    public void Should_leave_the_pad_out()
    {
        var jws = parties.EnvelopeOf(ThreeParties.Hub).Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note("Ngắn."));

        var stored = key.SealSigned(jws, At);

        Assert.That(jws, Has.Length.GreaterThan(4000));
        Assert.That(stored, Has.Length.LessThan(1000));
    }

    [TestCase("")]
    [TestCase("eyJhbGciOiJFUzI1NiJ9.e30")]
    [TestCase("eyJh.e31.AA")]
    [TestCase("eyJh.not base64url.AA")]
    public void Should_keep_what_cannot_be_packed_as_it_is(string text) =>
        Assert.That(key.OpenSigned(key.SealSigned(text, At), At), Is.EqualTo(text));

    [Test]
    public void Should_open_what_was_stored_as_text_before()
    {
        var jws = parties.EnvelopeOf(ThreeParties.Hub).Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note("Trước đây."));

        var stored = key.SealText(jws, At);

        Assert.That(key.OpenSigned(stored, At), Is.EqualTo(jws));
    }
}
