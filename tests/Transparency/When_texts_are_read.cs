using System.Globalization;
using NUnit.Framework;

namespace Hotline.Transparency.Tests;

/// <summary>The texts of C2SP: one spelling each, everything else is refused.</summary>
public sealed class When_texts_are_read
{
    readonly SmallLog log = SmallLog.Of(11);

    [Test]
    public void Should_read_what_it_writes()
    {
        var (note, request, proof, key) = (log.Signed().ToString(), log.Request(6).ToString(), log.Proof(4).ToString(), log.PublicKey.ToString());

        Assert.That(SignedNote.TryParse(note)!.ToString(), Is.EqualTo(note));
        Assert.That(SignedNote.TryParse(note)!.IsSignedBy(log.PublicKey));
        Assert.That(WitnessRequest.TryParse(request)!.ToString(), Is.EqualTo(request));
        Assert.That(TlogProof.TryParse(proof)!.ToString(), Is.EqualTo(proof));
        Assert.That(TlogProof.TryParse(proof)!.Proves("leaf 4"u8));
        Assert.That(TlogProof.TryParse(proof)!.Proves("leaf 5"u8), Is.False);
        Assert.That(NoteKey.TryParse(key)!.ToString(), Is.EqualTo(key));
    }

    [Test]
    public void Should_read_the_published_example()
    {
        // From c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature.
        const string note =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
            + "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
            + "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

        var read = Checkpoint.TryRead(note);

        Assert.That(read!.Value.Checkpoint.Size, Is.EqualTo(20852163));
        Assert.That(read.Value.Note.Signatures, Has.Count.EqualTo(2));
        Assert.That(read.Value.Note.ToString(), Is.EqualTo(note));
    }

    [TestCase("\n11\n", "\r\n11\r\n", TestName = "Should_refuse_CRLF")]
    [TestCase("\n11\n", "\n011\n", TestName = "Should_refuse_leading_zeroes")]
    [TestCase("\n11\n", "\n+11\n", TestName = "Should_refuse_a_sign")]
    [TestCase("\n11\n", "\n١١\n", TestName = "Should_refuse_digits_of_another_script")]
    [TestCase("\n11\n", "\n9223372036854775808\n", TestName = "Should_refuse_a_size_beyond_63_bits")]
    [TestCase("\n11\n", "\n0\n", TestName = "Should_refuse_a_root_of_nothing_that_is_not_the_empty_one")]
    [TestCase("\n11\n", "\n\n11\n", TestName = "Should_refuse_an_empty_line")]
    [TestCase("=\n\n", "\n\n", TestName = "Should_refuse_a_root_without_padding")]
    [TestCase("— police ", "- police ", TestName = "Should_refuse_another_dash")]
    [TestCase("— police ", "— police  ", TestName = "Should_refuse_two_spaces")]
    [TestCase("— police ", "— po+lice ", TestName = "Should_refuse_a_plus_in_a_name")]
    public void Should_refuse(string right, string wrong)
    {
        var note = log.Signed().ToString();
        var changed = note.Replace(right, wrong, StringComparison.Ordinal);

        Assert.That(changed, Is.Not.EqualTo(note));
        Assert.That(Checkpoint.TryRead(changed), Is.Null);
    }

    [Test]
    public void Should_refuse_64_lines_of_proof()
    {
        var line = Convert.ToBase64String(MerkleTree.EmptyRoot) + "\n";
        string Request(int lines) => "old 5\n" + string.Concat(Enumerable.Repeat(line, lines)) + "\n" + log.Signed();
        string Proof(int lines) => "c2sp.org/tlog-proof@v1\nindex 4\n" + string.Concat(Enumerable.Repeat(line, lines)) + "\n" + log.Signed();

        Assert.That(WitnessRequest.TryParse(Request(63)), Is.Not.Null);
        Assert.That(WitnessRequest.TryParse(Request(64)), Is.Null);
        Assert.That(TlogProof.TryParse(Proof(63)), Is.Not.Null);
        Assert.That(TlogProof.TryParse(Proof(64)), Is.Null);
    }

    [TestCase("old 05")]
    [TestCase("old -5")]
    [TestCase("old  5")]
    [TestCase("OLD 5")]
    [TestCase("old 5\r")]
    public void Should_refuse_another_spelling_of_the_old_size(string line) =>
        Assert.That(WitnessRequest.TryParse($"{line}\n\n{log.Signed()}"), Is.Null);

    [Test]
    public void Should_refuse_a_key_whose_id_is_not_its_own()
    {
        var key = log.PublicKey.ToString();
        var id = log.PublicKey.Id.ToString("x8", CultureInfo.InvariantCulture);

        Assert.That(NoteKey.TryParse(key.Replace(id, "00000000", StringComparison.Ordinal)), Is.Null);
        Assert.That(NoteKey.TryParse(key.Replace("police", "other", StringComparison.Ordinal)), Is.Null);
    }

    [Test]
    public void Should_not_believe_a_changed_text()
    {
        var note = log.Signed();

        Assert.That((note with { Text = SmallLog.Of(12).Head().Text }).IsSignedBy(log.PublicKey), Is.False);
    }
}
