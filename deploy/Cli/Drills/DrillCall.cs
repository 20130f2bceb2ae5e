using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Provisioning;

namespace Hotline.Cli.Drills;

/// <summary>One line of a file of calls: what the operator types, and what is expected of the system.</summary>
sealed record DrillCall
{
    /// <summary>Members of a line that the hotline is not told.</summary>
    static readonly string[] Labels = ["id", "expected", "repeatOf"];

    public required string Id { get; init; }

    /// <summary>Id of the first call about the same person or matter; its own where it is the first.</summary>
    public required string Matter { get; init; }

    /// <summary>What is posted, as it stands in the file.</summary>
    public required JsonObject Body { get; init; }

    public required bool CaseNeeded { get; init; }

    public required string? Urgency { get; init; }

    public required IReadOnlyList<string> Agencies { get; init; }

    /// <summary>The person who reported wants not to be named to anybody.</summary>
    public required bool ReporterStaysUnnamed { get; init; }

    /// <summary>By agency, where the hotline's rules were asked; null: the label counts.</summary>
    IReadOnlyDictionary<string, string?>? AdvisedGrounds { get; init; }

    public string? Disposition => Body["disposition"]?.GetValue<string>();

    /// <summary>
    /// The legal ground to refer to an agency on; null where recorded consent carries it. A consent that is partial
    /// carries the agencies it names, and the ground of the label the others.
    /// </summary>
    public string? GroundFor(string agency)
    {
        if (AdvisedGrounds is { } advised) return advised.GetValueOrDefault(agency);
        var consent = Body["consent"];
        var agreed = consent?["given"]?.GetValue<string>() == "partial"
            && (consent["scopeAgencies"]?.AsArray().Any(named => named?.GetValue<string>() == agency) ?? false);
        return agreed ? null : consent?["overrideGround"]?.GetValue<string>();
    }

    /// <summary>The call with what the rules advise (<c>POST /api/v1/recommendations</c>) in the place of its label.</summary>
    public DrillCall By(JsonObject advice)
    {
        var agencies = advice["agencies"]!.AsArray().ToDictionary(a => a!["agency"]!.GetValue<string>(), a => a!["ground"]?.GetValue<string>());
        return this with
        {
            CaseNeeded = advice["caseNeeded"]!.GetValue<bool>(),
            Urgency = advice["urgency"]?.GetValue<string>(),
            Agencies = [.. agencies.Keys],
            AdvisedGrounds = agencies,
            ReporterStaysUnnamed = advice["mustNot"]!.AsArray().Any(rule => rule!["code"]!.GetValue<string>() == "disclose-reporter"),
        };
    }

    /// <summary>Whether two answers to a call are the same: case, urgency, agencies.</summary>
    public bool AgreesWith(DrillCall other) =>
        CaseNeeded == other.CaseNeeded && Urgency == other.Urgency && Agencies.ToHashSet().SetEquals(other.Agencies);

    /// <summary>Codes only.</summary>
    public string Answer => CaseNeeded ? $"case, {Urgency}, [{string.Join(' ', Agencies)}]" : "no case";

    /// <exception cref="ProvisioningException">The file is missing, empty, or a line is not of the form; names the line.</exception>
    public static IReadOnlyList<DrillCall> ReadAll(string path)
    {
        if (!File.Exists(path)) throw new ProvisioningException($"There is no file {path}.");
        var calls = new Dictionary<string, DrillCall>();
        foreach (var (index, line) in File.ReadLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true)).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                var call = Read(JsonNode.Parse(line)!.AsObject(), calls);
                if (!calls.TryAdd(call.Id, call)) throw new FormatException($"{call.Id} is there twice");
            }
            catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException or NullReferenceException)
            {
                // The words of the exception may quote the line; the line number is enough.
                throw new ProvisioningException($"Line {index + 1} of {path} is not a call with its label (id, expected, repeatOf).", malformed);
            }
        }
        return calls.Count > 0 ? [.. calls.Values] : throw new ProvisioningException($"{path} holds no calls.");
    }

    static DrillCall Read(JsonObject line, Dictionary<string, DrillCall> earlier)
    {
        var (id, expected) = (line["id"]!.GetValue<string>(), line["expected"]!.AsObject());
        var repeated = line["repeatOf"]?.GetValue<string>() is { } first ? earlier.GetValueOrDefault(first) : null;
        var (urgency, agencies) = (expected["urgency"]?.GetValue<string>(), expected["agencies"]!.AsArray().Select(agency => agency!.GetValue<string>()).ToList());
        if (agencies.Count > 0 && urgency is null) throw new FormatException("a referral has an urgency");
        return new DrillCall
        {
            Id = id,
            Matter = repeated?.Matter ?? id,
            Body = new JsonObject(line.Where(member => !Labels.Contains(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))),
            // A referral is of a case, whatever the label says.
            CaseNeeded = expected["caseNeeded"]!.GetValue<bool>() || agencies.Count > 0,
            Urgency = urgency,
            Agencies = agencies,
            ReporterStaysUnnamed = expected["mustNot"]?.AsArray().Any(rule => rule?["code"]?.GetValue<string>() == "disclose-reporter") ?? false,
        };
    }
}
