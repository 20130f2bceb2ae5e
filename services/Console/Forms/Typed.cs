using System.Text.Json.Nodes;
using Hotline.Console.Words;
using Hotline.Contracts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Http;

namespace Hotline.Console.Forms;

/// <summary>What somebody typed into a form, and why it was not taken: shown again in its place, with the reason beside it.</summary>
public sealed record Typed(IReadOnlyDictionary<string, IReadOnlyList<string>> Values, Refusal? Refusal)
{
    public static Typed Nothing { get; } = new(new Dictionary<string, IReadOnlyList<string>>(), null);

    /// <summary>The text of a field; null where it was left empty.</summary>
    public string? this[string name] => Values.TryGetValue(name, out var values) ? values[0] : null;

    public bool Has(string name, string value) => Values.TryGetValue(name, out var values) && values.Contains(value);

    /// <summary>Why this field is not taken, in words; null where nothing is wrong with it.</summary>
    public string? Refused(string name, Phrasebook words) => Refusal is { } refusal && PlaceOf(refusal) == name ? Say(refusal, name, words) : null;

    /// <summary>Why the form as a whole is not taken; null where a field says it.</summary>
    public string? RefusedAsAWhole(Phrasebook words) => Refusal is { } refusal && PlaceOf(refusal) is null ? Say(refusal, null, words) : null;

    public Typed Because(Refusal? refusal) => this with { Refusal = refusal };

    /// <summary>Reads a form into a record as the interface reads JSON: codes, lengths, NFC, no control characters. Fields that the record does not have are left out.</summary>
    public static async Task<(T? Value, Typed Typed)> ReadAsync<T>(HttpContext http) where T : class
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var values = new Dictionary<string, IReadOnlyList<string>>();
        var node = new JsonObject();
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite))
        {
            var name = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var given = form[name].OfType<string>().Select(v => v.Trim()).Where(v => v.Length > 0).ToList();
            if (given.Count == 0)
                continue;
            values[name] = given;
            node[name] = property.PropertyType == typeof(string) ? JsonValue.Create(given[0]) : new JsonArray([.. given.Select(v => (JsonNode)JsonValue.Create(v))]);
        }
        var (value, refusal) = JsonForm.Read<T>(node);
        return (value, new Typed(values, refusal));
    }

    static string? PlaceOf(Refusal refusal) => refusal.Details?.GetValueOrDefault("at") is string at ? at.Split('/', 3)[1] : null;

    static string Say(Refusal refusal, string? name, Phrasebook words) =>
        refusal.Details?.GetValueOrDefault("max") is int max ? words["form.too-long", max]
        : words.Has($"form.{refusal.Code}.{name}") ? words[$"form.{refusal.Code}.{name}"]
        : words.Has($"form.{refusal.Code}") ? words[$"form.{refusal.Code}"] : words["form.other", refusal.Code];
}
