namespace Hotline.Sealing.Tests;

public class When_keys_rotate
{
    static readonly DateTimeOffset Now = ThreeParties.Now;
    ThreeParties parties = null!;

    [SetUp]
    public void Begin() => parties = new ThreeParties();

    [TearDown]
    public void Remove() => parties.Dispose();

    [Test]
    public void Should_publish_a_key_as_pending_before_it_is_used()
    {
        var old = parties.KeyOf(ThreeParties.Police, KeyUse.Encryption);

        var directory = parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), Now);

        Assert.That(directory.KeysOf(ThreeParties.Police).Select(k => (k.Use, k.State)), Is.EquivalentTo(new[]
        {
            (KeyUse.Signing, KeyState.Active), (KeyUse.Encryption, KeyState.Active),
            (KeyUse.Signing, KeyState.Pending), (KeyUse.Encryption, KeyState.Pending),
        }));
        Assert.That(directory.ActiveKey(ThreeParties.Police, KeyUse.Encryption, Now)!.Kid, Is.EqualTo(old.Kid));
    }

    [Test]
    public void Should_switch_on_activation_and_keep_the_old_for_31_days()
    {
        var old = parties.KeyOf(ThreeParties.Police, KeyUse.Encryption);
        parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), Now);

        var directory = parties.Author.Activate(ThreeParties.Police, Now);

        var kept = directory.Find(ThreeParties.Police, old.Kid)!;
        Assert.That(kept.State, Is.EqualTo(KeyState.DecryptOnly));
        Assert.That(kept.NotAfter, Is.EqualTo(Now.AddDays(31)).Within(TimeSpan.FromSeconds(1)));
        Assert.That(directory.ActiveKey(ThreeParties.Police, KeyUse.Encryption, Now)!.Kid, Is.Not.EqualTo(old.Kid));
        Assert.That(() => parties.Author.Activate(ThreeParties.Police, Now),
            Throws.TypeOf<SealingException>().With.Property(nameof(SealingException.Code)).EqualTo(SealingCodes.NoPendingKey));
    }

    [Test]
    public void Should_open_with_every_key_that_messages_are_still_on_their_way_under()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var police = parties.EnvelopeOf(ThreeParties.Police);
        var jws = hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note("x"));
        var bodies = new List<string> { hub.Seal(jws, mid, ThreeParties.Police, Now) };

        // The receiver is always a step behind the sender: it holds the private key, and the directory says pending.
        for (var day = 1; day <= 3; day++)
        {
            var later = Now.AddDays(day);
            Adopt(police, parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), later));
            Adopt(hub, parties.Author.Activate(ThreeParties.Police, later));
            bodies.Add(hub.Seal(jws, mid, ThreeParties.Police, later));
        }
        var results = bodies.ConvertAll(b => police.Open(b, mid, ThreeParties.Police, Now.AddDays(4)));

        Assert.That(bodies.Select(b => b.Split('.')[0]).Distinct().Count(), Is.EqualTo(4));
        Assert.That(results, Has.All.TypeOf<OpenResult.Opened>());
    }

    [Test]
    public void Should_seal_an_old_signature_anew_for_a_key_that_is_younger_than_it()
    {
        var mid = ThreeParties.NewId();
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var jws = hub.Sign(ThreeParties.Heading(mid), ThreeParties.Note("x"));
        var later = Now.AddDays(29);
        parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), later);
        Adopt(hub, parties.Author.Activate(ThreeParties.Police, later));

        var body = hub.Seal(jws, mid, ThreeParties.Police, later);
        var result = parties.EnvelopeOf(ThreeParties.Police).Open(body, mid, ThreeParties.Police, later);

        Assert.That(result, Is.TypeOf<OpenResult.Opened>());
    }

    [Test]
    public void Should_verify_what_the_replaced_signing_key_signed_until_it_runs_out()
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        parties.Author.PublishKeys(ThreeParties.Hub, parties.Path(ThreeParties.Hub), Now);
        parties.Author.Activate(ThreeParties.Hub, Now);
        var police = parties.EnvelopeOf(ThreeParties.Police);

        var codes = new[] { -1, 0, 30, 32 }.Select(days => Send(hub, police, Now.AddDays(days))).ToList();

        Assert.That(codes, Is.EqualTo(new[] { "opened", "opened", "opened", SealingCodes.OutsideValidity }));
    }

    [Test]
    public void Should_sign_with_the_new_key_as_soon_as_the_directory_says_so()
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var before = hub.Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note("x"));
        // New files appear in the folder after the envelope was made.
        parties.Author.PublishKeys(ThreeParties.Hub, parties.Path(ThreeParties.Hub), Now);
        Adopt(hub, parties.Author.Activate(ThreeParties.Hub, Now));

        var after = hub.Sign(ThreeParties.Heading(ThreeParties.NewId()), ThreeParties.Note("x"));

        Assert.That(after.Split('.')[0], Is.Not.EqualTo(before.Split('.')[0]));
    }

    [Test]
    public void Should_refuse_unknown_keys_so_that_the_sender_seals_again()
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var police = parties.EnvelopeOf(ThreeParties.Police);
        parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), Now);
        parties.Author.PublishKeys(ThreeParties.Hub, parties.Path(ThreeParties.Hub), Now);
        Adopt(hub, parties.Author.Activate(ThreeParties.Police, Now));
        var outer = Send(hub, police, Now);

        Adopt(hub, parties.Author.Activate(ThreeParties.Hub, Now));
        var mid = ThreeParties.NewId();
        var toOldKey = parties.EnvelopeOf(ThreeParties.Hub);
        var jws = toOldKey.Sign(ThreeParties.Heading(mid), ThreeParties.Note("x"));
        var inner = police.Open(Jwe.Seal(System.Text.Encoding.ASCII.GetBytes(jws),
            police.Directory.ActiveKey(ThreeParties.Police, KeyUse.Encryption, Now)!, mid, ThreeParties.Police), mid, ThreeParties.Police, Now);

        Assert.That((outer, inner.Code()), Is.EqualTo((SealingCodes.UnknownKey, SealingCodes.UnknownKey)));
        Assert.That(((OpenResult.Rejected)inner).ClaimedIssuer, Is.EqualTo(ThreeParties.Hub));
        Assert.That(SealingCodes.CausesResealing(outer), Is.True);
    }

    [Test]
    public void Should_refuse_as_unknown_a_key_whose_private_half_was_destroyed()
    {
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var police = parties.EnvelopeOf(ThreeParties.Police);
        var keys = PartyKeys.Load(parties.Path(ThreeParties.Police));
        var kid = parties.KeyOf(ThreeParties.Police, KeyUse.Encryption).Kid;

        var before = Send(hub, police, Now);
        File.Delete(Path.Combine(parties.Path(ThreeParties.Police), kid + ".jwk"));
        keys.Reload();
        var after = Send(hub, new Envelope(ThreeParties.Police, keys, parties.Directory), Now);

        Assert.That((before, after), Is.EqualTo(("opened", SealingCodes.UnknownKey)));
    }

    [Test]
    public void Should_refuse_a_revoked_key_whatever_iat_says([Values] KeyUse use, [Values(-30, 0)] int days)
    {
        var owner = use == KeyUse.Signing ? ThreeParties.Hub : ThreeParties.Police;
        var hub = parties.EnvelopeOf(ThreeParties.Hub);
        var revoked = parties.Author.Revoke(owner, parties.KeyOf(owner, use).Kid, Now);
        var police = parties.EnvelopeOf(ThreeParties.Police);

        var mid = ThreeParties.NewId();
        var jws = hub.Sign(ThreeParties.Heading(mid, Now.AddDays(days).AddHours(1)), ThreeParties.Note("x"));
        var result = police.Open(hub.Seal(jws, mid, ThreeParties.Police, Now), mid, ThreeParties.Police, Now.AddHours(2));

        Assert.That(result.Code(), Is.EqualTo(SealingCodes.RevokedKey));
        Assert.That(revoked.ActiveKey(owner, use, Now), Is.Null);
    }

    [Test]
    public void Should_refuse_a_key_of_the_wrong_use()
    {
        var forger = new Forger(parties);
        var signing = parties.KeyOf(ThreeParties.Police, KeyUse.Signing);
        var encryption = parties.KeyOf(ThreeParties.Hub, KeyUse.Encryption);

        var outer = forger.OpenAtPolice(Jwe.Seal("x"u8, signing, forger.Mid, ThreeParties.Police));
        var inner = forger.OpenAtPolice(forger.Seal(forger.Sign(forger.Payload,
            Forger.SignedHeader.Replace("KID", encryption.Kid, StringComparison.Ordinal))));

        Assert.That((outer.Code(), inner.Code()), Is.EqualTo((SealingCodes.WrongUse, SealingCodes.WrongUse)));
    }

    [Test]
    public void Should_drop_a_retired_key_when_nothing_under_it_can_be_alive()
    {
        var old = parties.KeyOf(ThreeParties.Police, KeyUse.Encryption).Kid;
        parties.Author.PublishKeys(ThreeParties.Police, parties.Path(ThreeParties.Police), Now);
        parties.Author.Activate(ThreeParties.Police, Now);

        var kept = parties.Author.Renew(Now.AddDays(61));
        var dropped = parties.Author.Renew(Now.AddDays(63));

        Assert.That(kept.Find(ThreeParties.Police, old), Is.Not.Null);
        Assert.That(dropped.Find(ThreeParties.Police, old), Is.Null);
    }

    static void Adopt(Envelope envelope, KeyDirectory directory) =>
        Assert.That(envelope.TryAdopt(directory, out _), Is.True);

    static string Send(Envelope from, Envelope to, DateTimeOffset at)
    {
        var mid = ThreeParties.NewId();
        var jws = from.Sign(ThreeParties.Heading(mid, at), ThreeParties.Note("x"));
        return to.Open(from.Seal(jws, mid, ThreeParties.Police, at), mid, ThreeParties.Police, at) is OpenResult.Rejected r ? r.Code : "opened";
    }
}
