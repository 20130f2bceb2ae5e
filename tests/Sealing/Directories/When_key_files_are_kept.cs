using System.Runtime.Versioning;

namespace Hotline.Sealing.Tests;

public class When_key_files_are_kept
{
    ThreeParties parties = null!;

    [SetUp]
    public void Begin() => parties = new ThreeParties();

    [TearDown]
    public void Remove() => parties.Dispose();

    [Test]
    [UnsupportedOSPlatform("windows")]
    [Platform(Exclude = "Win")]
    public void Should_be_readable_by_their_owner_only()
    {
        StorageKeys.Create(parties.Path(ThreeParties.Police));
        string[] secrets = [.. Directory.GetFiles(parties.Path(ThreeParties.Police)), Path.Combine(parties.Path("directory"), DirectoryAuthor.SigningFile)];

        var modes = secrets.Select(File.GetUnixFileMode).ToList();

        Assert.That(secrets, Has.Length.EqualTo(4));
        Assert.That(modes, Has.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Should_leave_nothing_half_written_behind()
    {
        parties.Author.Renew(ThreeParties.Now);

        Assert.That(Directory.GetFiles(parties.Path("directory"), "*", SearchOption.AllDirectories).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { DirectoryAuthor.SigningFile, DirectoryAuthor.PinFile, DirectoryAuthor.DirectoryFile }));
    }

    [Test]
    public void Should_be_named_for_the_thumbprint_and_refused_otherwise()
    {
        var folder = parties.Path(ThreeParties.Police);
        var files = Directory.GetFiles(folder, "*.jwk");
        File.Copy(files[0], files[1], overwrite: true);

        Assert.That(() => PartyKeys.Load(folder),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.KeyFileInvalid));
    }

    [Test]
    public void Should_go_on_with_the_keys_held_when_a_file_is_broken()
    {
        var folder = parties.Path(ThreeParties.Police);
        var keys = PartyKeys.Load(folder);
        var kid = parties.KeyOf(ThreeParties.Police, KeyUse.Encryption).Kid;
        File.WriteAllText(Path.Combine(folder, new string('A', 43) + ".jwk"), "{");

        Assert.That(keys.Reload, Throws.TypeOf<SealingException>());
        Assert.That(keys.Find(kid), Is.Not.Null);
    }

    [Test]
    public void Should_bear_the_thumbprint_of_rfc_7638()
    {
        // Key of RFC 7515 appendix A.3. When_jose_speaks_with_us compares with another implementation.
        Base64UrlText.TryDecode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", out var x);
        Base64UrlText.TryDecode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", out var y);

        Assert.That(Jwk.Thumbprint(x, y), Is.EqualTo("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"));
    }

    [Test]
    public void Should_publish_a_party_that_hands_over_public_halves_only()
    {
        var own = parties.Path("own-building");
        var (signing, encryption) = KeyFiles.Create(own);
        var handedOver = Directory.CreateDirectory(parties.Path("handed-over")).FullName;
        foreach (var kid in new[] { signing, encryption })
            File.WriteAllBytes(Path.Combine(handedOver, kid + ".jwk"), KeyFiles.ReadPrivate(own, kid).PublicHalf().ToJson());

        var directory = parties.Author.AddParty("coast-guard", handedOver, ThreeParties.Now);

        Assert.That(directory.KeysOf("coast-guard").Select(k => k.Kid), Is.EquivalentTo(new[] { signing, encryption }));
        Assert.That(() => PartyKeys.Load(handedOver), Throws.TypeOf<SealingException>());
    }

    [Test]
    public void Should_refuse_to_add_a_party_twice_or_under_a_strange_name()
    {
        Assert.That(() => parties.Author.AddParty(ThreeParties.Police, parties.Path("again"), ThreeParties.Now),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.KnownParty));
        Assert.That(() => parties.Author.AddParty("../police", parties.Path("again"), ThreeParties.Now),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.UnknownParty));
        Assert.That(() => parties.Author.Activate("navy", ThreeParties.Now),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.UnknownParty));
    }

    [Test]
    public void Should_open_the_author_again_where_it_left_off()
    {
        var again = DirectoryAuthor.Open(parties.Path("directory"));

        again.Renew(ThreeParties.Now);

        Assert.That(again.Current.Version, Is.EqualTo(5));
        Assert.That(again.Current.Parties, Is.EqualTo(parties.Directory.Parties));
    }
}
