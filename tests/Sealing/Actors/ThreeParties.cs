using Hotline.Contracts;

namespace Hotline.Sealing.Tests;

/// <summary>A hub and two agencies with keys and a directory in a folder of their own.</summary>
sealed class ThreeParties : IDisposable
{
    internal const string Hub = "intake";
    internal const string Police = "police";
    internal const string WomensUnion = "womens-union";

    /// <summary>A moment with fractions of a second, as a database tells it.</summary>
    internal static readonly DateTimeOffset Now = new(2026, 9, 1, 8, 30, 15, 250, TimeSpan.Zero);

    readonly string folder = System.IO.Directory.CreateTempSubdirectory("hotline-sealing-").FullName;

    internal ThreeParties()
    {
        Author = DirectoryAuthor.Create(Path("directory"), "exercise", Now.AddDays(-60));
        foreach (var party in new[] { Hub, Police, WomensUnion })
            Author.AddParty(party, Path(party), Now.AddDays(-60));
    }

    internal DirectoryAuthor Author { get; }

    internal KeyDirectory Directory => Author.Current;

    internal string Path(string name) => System.IO.Path.Combine(folder, name);

    internal Envelope EnvelopeOf(string party) => new(party, PartyKeys.Load(Path(party)), Directory);

    internal PublicKey KeyOf(string party, KeyUse use) => Directory.ActiveKey(party, use, Now)!;

    internal Jwk SecretOf(string party, KeyUse use) => KeyFiles.ReadPrivate(Path(party), KeyOf(party, use).Kid);

    /// <summary>A genuine message of the hub to the police, sealed.</summary>
    internal string Genuine(Guid mid, DateTimeOffset? iat = null)
    {
        var hub = EnvelopeOf(Hub);
        return hub.Seal(hub.Sign(Heading(mid, iat), Note("A word of the case.")), mid, Police, Now);
    }

    internal static MessageHeading Heading(Guid mid, DateTimeOffset? iat = null, string to = Police) =>
        new(Hub, to, mid, iat ?? Now, Kinds.NoteAdded, MessageClass.Live, NewId(), 1, 7);

    internal static NoteAdded Note(string text) => new(text, new Officer("P-17", "Duty officer", null, null), Now);

    internal static Guid NewId() => Guid.CreateVersion7(Now);

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);
}
