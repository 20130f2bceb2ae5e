using Hotline.Contracts;
using Hotline.Sealing;

namespace Hotline.Transparency;

/// <summary>Who witnesses whom, and with which keys: the agencies the hub's log, the hub theirs (audit.md). From the signed key directory.</summary>
public static class LogParties
{
    public static IReadOnlyList<string> WitnessesOf(this KeyDirectory directory, string party) =>
        party == Parties.Hub ? [.. directory.Parties.Where(p => p != Parties.Hub)] : [Parties.Hub];

    /// <summary>Keys in the directory that are no verifier keys, or of another name, count for nothing.</summary>
    /// <returns>Null where one witness key stands under two names: then no cosignature says anything.</returns>
    public static WitnessPolicy? PolicyOf(this KeyDirectory directory, string party)
    {
        var policy = new WitnessPolicy(
            [.. directory.NoteKeysOf(party, NoteKey.Log)], [.. directory.WitnessesOf(party).SelectMany(w => directory.NoteKeysOf(w, NoteKey.Witness))]);
        return policy.HasKeyUnderTwoNames ? null : policy;
    }

    public static IEnumerable<NoteKey> NoteKeysOf(this KeyDirectory directory, string party, byte type) =>
        directory.LogKeysOf(party).Select(NoteKey.TryParse).OfType<NoteKey>().Where(k => k.Type == type && k.Name == party);

    /// <summary>The party of <c>party/epoch</c>; null where it is none.</summary>
    public static (string Party, int Epoch)? Origin(string origin)
    {
        var parts = origin.Split('/');
        return parts.Length == 2 && int.TryParse(parts[1], System.Globalization.NumberStyles.None, null, out var epoch) && epoch > 0 && $"{parts[0]}/{epoch}" == origin
            ? (parts[0], epoch) : null;
    }
}
