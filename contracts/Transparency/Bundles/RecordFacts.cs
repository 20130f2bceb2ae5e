using System.Globalization;
using System.Text.Json;

namespace Hotline.Transparency;

/// <summary>What a record says that its leaf commits to.</summary>
/// <param name="Code">A code, where the kind has one: of a case's beginning and end the case's own.</param>
/// <param name="Case">The case's id, where the record names it.</param>
/// <param name="Actor">Pseudonym of the account, or a party.</param>
/// <param name="At">UTC.</param>
sealed record RecordFacts(string Kind, string? Code, string? Case, string? Actor, DateTimeOffset At)
{
    public bool IsDestruction => Kind.EndsWith(".shredded", StringComparison.Ordinal);

    /// <param name="record">Number, time, facts, line of history, each on a line.</param>
    /// <returns>Null where it is no record.</returns>
    public static RecordFacts? TryRead(string record)
    {
        try
        {
            var lines = record.Split('\n');
            using var facts = JsonDocument.Parse(lines[2]);
            string? Text(string name) => facts.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return Text("kind") is { } kind
                ? new RecordFacts(kind, Text("code"), Text("case"), Text("actor"), DateTimeOffset.Parse(lines[1], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal))
                : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
