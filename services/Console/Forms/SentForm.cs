using System.Globalization;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hotline.Console.Forms;

/// <summary>
/// A form that came back, as the JSON that a program would have sent: a page passes the same checks. A field is named by
/// its JSON pointer and, where it is no text, how to read it: <c>/steps/0/wait:minutes</c>. A row that says nothing is left out.
/// </summary>
public sealed class SentForm
{
    readonly Dictionary<string, IReadOnlyList<string>> typed = [];
    Refusal? unreadable;

    /// <summary>What the page promised to send only once.</summary>
    public Guid? Key { get; private init; }

    /// <summary>The version that the reader saw; 0 = none.</summary>
    public long Version { get; private init; }

    /// <summary>What the fields say; what could not be read is left out, and <see cref="To{T}"/> refuses.</summary>
    public JsonObject Json { get; private set; } = [];

    /// <summary>By pointer, as it was typed, rows renumbered: for the page that shows it again.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Typed => typed;

    public static async Task<SentForm> ReadAsync(HttpContext http, CancellationToken cancel)
    {
        var form = await http.Request.ReadFormAsync(cancel);
        var sent = new SentForm
        {
            Key = Guid.TryParseExact(form["key"], "D", out var key) ? key : null,
            Version = long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0,
        };
        if (http.Request.ContentLength > RequestBody.Largest)
            sent.unreadable = new Refusal("request.too-large");
        else if (FormTree.Of(form.Where(field => field.Key.StartsWith('/'))) is { } tree)
            sent.Json = (JsonObject)(sent.Write(tree, string.Empty) ?? new JsonObject());
        return sent;
    }

    /// <summary>The record, or why it is none; the refusal names the field by pointer.</summary>
    public (T? Value, Refusal? Refusal) To<T>() where T : class =>
        unreadable is not null ? (null, unreadable) : JsonForm.Read<T>((JsonObject)Json.DeepClone());

    JsonNode? Write(FormTree tree, string at)
    {
        if (tree.IsLeaf)
        {
            typed[at] = [.. tree.Values.Select(value => value ?? string.Empty)];
            var (value, refusal) = FieldKinds.Read(tree.Kind, tree.Values);
            if (refusal)
                unreadable ??= Refusal.With("request.malformed", "at", at);
            return value;
        }
        if (tree.IsList)
            return new JsonArray([.. tree.Rows.Where(row => !row.IsBlank).Select((row, i) => Write(row, $"{at}/{i}"))]);
        var node = new JsonObject();
        foreach (var (name, part) in tree.Parts)
            if (Write(part, $"{at}/{name}") is { } value)
                node[name] = value;
        return node;
    }
}

/// <summary>The fields of a form as a tree: parts by name, rows by number, leaves with what was typed.</summary>
sealed class FormTree
{
    readonly Dictionary<string, FormTree> parts = [];

    public string Kind { get; private set; } = "text";

    public StringValues Values { get; private set; }

    public bool IsLeaf => parts.Count == 0;

    public bool IsList => parts.Count > 0 && parts.Keys.All(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    public IEnumerable<KeyValuePair<string, FormTree>> Parts => parts.Where(part => part.Key != "remove");

    public IEnumerable<FormTree> Rows => parts.OrderBy(part => int.Parse(part.Key, CultureInfo.InvariantCulture)).Select(part => part.Value);

    /// <summary>Nothing was typed, or it was ticked to be removed.</summary>
    public bool IsBlank => IsLeaf ? Values.All(string.IsNullOrWhiteSpace) : parts.ContainsKey("remove") || parts.Values.All(part => part.IsBlank);

    public static FormTree? Of(IEnumerable<KeyValuePair<string, StringValues>> fields)
    {
        var root = new FormTree();
        foreach (var (name, values) in fields)
        {
            var (pointer, kind) = name.Split(':', 2) is [var path, var named] ? (path, named) : (name, "text");
            var at = root;
            foreach (var part in pointer[1..].Split('/'))
                at = at.parts.TryGetValue(part, out var known) ? known : at.parts[part] = new FormTree();
            (at.Kind, at.Values) = (kind, values);
        }
        return root.IsLeaf ? null : root;
    }
}

/// <summary>How what was typed becomes JSON. Local times are those of Viet Nam.</summary>
static class FieldKinds
{
    static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "dd/MM/yyyy HH:mm", "yyyy-MM-dd HH:mm"];

    /// <returns>The value, null where nothing was typed; and whether it could not be read.</returns>
    public static (JsonNode? Value, bool Unreadable) Read(string kind, StringValues typed)
    {
        if (kind == "list")
            return (new JsonArray([.. typed.SelectMany(value => (value ?? string.Empty).Split(',')).Select(word => word.Trim()).Where(word => word.Length > 0).Select(word => JsonValue.Create(word))]), false);
        var text = typed.ToString().Trim();
        if (text.Length == 0)
            return (null, false);
        return kind switch
        {
            "time" => DateTime.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && time.Year is >= 2000 and < 2100
                ? (JsonValue.Create(LocalDay.At(time).ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture)), false) : (null, true),
            "date" => LocalDay.Read(text) is { } date
                ? (JsonValue.Create(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), false) : (null, true),
            "minutes" => decimal.TryParse(text.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes <= 60 * 24 * 365
                ? (JsonValue.Create(TimeSpan.FromSeconds((long)(minutes * 60)).ToString("c", CultureInfo.InvariantCulture)), false) : (null, true),
            "int" => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (JsonValue.Create(number), false) : (null, true),
            "bool" => (JsonValue.Create(text is "true" or "on"), false),
            _ => (JsonValue.Create(text), false),
        };
    }
}
