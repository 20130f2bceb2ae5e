using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Hotline.Contracts;
using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>What checking a file comes to; the number is the command's exit code.</summary>
public enum Proof
{
    Sound = 0,
    Tampered = 1,
    CannotDecide = 2,
}

/// <summary>The result of checking a bundle.</summary>
/// <param name="PinThumbprint">Of the key that everything hangs on; null where the bundle could not be read so far.</param>
/// <param name="Witnesses">Who cosigned the checkpoint.</param>
/// <param name="Findings">What is not as it should be: a code and the record's place in the bundle.</param>
/// <param name="Doubts">Why it cannot be decided.</param>
public sealed record BundleVerdict(
    string? PinThumbprint, string? Case, int Records, int Opened, int Receipts, IReadOnlyCollection<string> Witnesses,
    IReadOnlyList<(string Code, int At)> Findings, IReadOnlyList<(string Code, int At)> Doubts)
{
    public Proof Proof => Findings.Count > 0 ? Proof.Tampered : Doubts.Count > 0 ? Proof.CannotDecide : Proof.Sound;
}

/// <summary>Checks a bundle by itself: no network, no database, no service.</summary>
public sealed class BundleVerification
{
    readonly List<(string Code, int At)> findings = [];
    readonly List<(string Code, int At)> doubts = [];
    readonly HashSet<string> witnesses = [];
    readonly Dictionary<string, string> heads = [];
    readonly List<int> closed = [];
    readonly List<(string Case, int At)> about = [];
    bool named;
    string? id;
    bool destroyed;
    int opened;
    int receipts;

    BundleVerification()
    {
    }

    /// <param name="thumbprint">Of the key that signs directories, as it was given by hand; null = it is only reported.</param>
    /// <param name="now">UTC; a cosignature of the future does not count.</param>
    public static BundleVerdict Check(ReadOnlySpan<byte> file, string? thumbprint, DateTimeOffset now) =>
        Bundle.TryParse(file) is { } bundle ? Check(bundle, thumbprint, now) : Unreadable("bundle.unreadable");

    internal static BundleVerdict Unreadable(string code) => new BundleVerification().Done(null, null, code);

    internal static BundleVerdict Check(Bundle bundle, string? thumbprint, DateTimeOffset now)
    {
        var check = new BundleVerification();
        if (DirectoryPin.TryRead(bundle.Pin) is not { } pin)
            return check.Done(bundle, null, "pin.unreadable");
        if (thumbprint is not null && thumbprint != pin.Kid)
            return check.Done(bundle, pin, "pin.another");
        if (KeyDirectory.TryOpen(bundle.Directory, pin, out _) is not { } directory)
            return check.Done(bundle, pin, "directory.not-signed");
        if (directory.PolicyOf(bundle.Party) is not { } policy)
            return check.Done(bundle, pin, "directory.duplicate-witness-key");
        for (var i = 0; i < bundle.Entries.Count; i++)
            check.Entry(bundle, bundle.Entries[i], i, policy, directory, now);
        check.Closed(bundle.Entries);
        if (bundle.Entries.Count == 0)
            check.doubts.Add(("bundle.empty", 0));
        else
            check.OfOneCase();
        return check.Done(bundle, pin, null);
    }

    BundleVerdict Done(Bundle? bundle, DirectoryPin? pin, string? finding)
    {
        if (finding is not null)
            findings.Add((finding, 0));
        return new BundleVerdict(pin?.Kid, bundle?.Case, bundle?.Entries.Count ?? 0, opened, receipts, witnesses, findings, doubts);
    }

    void Entry(Bundle bundle, BundleEntry entry, int at, WitnessPolicy policy, KeyDirectory directory, DateTimeOffset now)
    {
        if (TlogProof.TryParse(entry.Proof) is not { } proof || !proof.Checkpoint.Origin.StartsWith(bundle.Party + "/", StringComparison.Ordinal) || !policy.IsSigned(proof.Note))
            findings.Add(("proof.not-signed", at));
        else if (!proof.Proves(Encoding.UTF8.GetBytes(entry.Leaf)))
            findings.Add(("leaf.not-in-log", at));
        else
            Cosigned(proof, policy, at, now);
        if (Leaf(entry.Leaf) is not var (commitment, receipt))
        {
            findings.Add(("leaf.unreadable", at));
            return;
        }
        if (entry.Salt is null)
            closed.Add(at);
        else if (!Opens(entry, commitment))
            findings.Add(("record.other-than-leaf", at));
        else
        {
            opened++;
            About(entry.Record, bundle.Case, at);
        }
        if (entry.Receipt is { } jws)
            Receipt(jws, receipt, directory, at);
    }

    /// <summary>
    /// The head of a bundle is signed by nobody: which case it is about is said by the records of the case's beginning and end, which
    /// name its code (decision record 111). Otherwise sound evidence of one case would pass for that of another.
    /// </summary>
    void About(string text, string code, int at)
    {
        if (RecordFacts.TryRead(text) is not { } record)
            return;
        if (record.Case is { } subject)
            about.Add((subject, at));
        var begins = record.Kind == "case.created";
        if ((begins || record.IsDestruction) && record.Code == code)
        {
            named = true;
            id ??= record.Case;
            destroyed |= record.IsDestruction;
        }
        else if (begins)
            findings.Add(("case.another", at));
    }

    void OfOneCase()
    {
        if (!named)
            doubts.Add(("case.not-named", 0));
        // What an agency keeps names its referral alone.
        else if (id is not null)
            findings.AddRange(about.Where(a => a.Case != id).Select(a => ("case.another", a.At)));
    }

    /// <summary>
    /// Without a salt the record cannot be held against its leaf. That is as it should be where the case was shredded, and the bundle
    /// proves that; but then the leaf is all that is said, and no record beside it is believed.
    /// </summary>
    void Closed(IReadOnlyList<BundleEntry> entries) =>
        doubts.AddRange(closed.Where(at => !destroyed || entries[at].Record.Length > 0).Select(at => ("record.not-opened", at)));

    void Cosigned(TlogProof proof, WitnessPolicy policy, int at, DateTimeOffset now)
    {
        // One for each epoch: a log that was restored goes on under another origin.
        if (!heads.TryAdd(proof.Checkpoint.Origin, proof.Checkpoint.Text) && heads[proof.Checkpoint.Origin] != proof.Checkpoint.Text)
            findings.Add(("checkpoint.several", at));
        var by = policy.CosignedBy(proof.Note, now);
        witnesses.UnionWith(by);
        if (by.Count < policy.Needed)
            doubts.Add(("checkpoint.too-few-witnesses", at));
    }

    static bool Opens(BundleEntry entry, string? commitment)
    {
        var salt = Decode(entry.Salt!);
        return salt?.Length == Commitment.SaltBytes && Digest.Text(Commitment.Of(salt, Encoding.UTF8.GetBytes(entry.Record))) == commitment;
    }

    void Receipt(string jws, string? digest, KeyDirectory directory, int at)
    {
        if (digest is null || Digest.Text(Digest.Of(jws)) != digest)
            findings.Add(("receipt.other-than-leaf", at));
        else if (SignedStatement.TryRead(jws, directory, out var code) is { Kind: Kinds.ReceiptDelivered })
            receipts++;
        else if (code == SealingCodes.UnknownKey)
            doubts.Add(("receipt.unknown-key", at));
        else
            findings.Add(("receipt.not-signed", at));
    }

    static (string? Commitment, string? Receipt)? Leaf(string leaf)
    {
        try
        {
            using var json = JsonDocument.Parse(leaf);
            string? Text(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return (Text("commitment"), Text("receipt"));
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static byte[]? Decode(string text) => Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
