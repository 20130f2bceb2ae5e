using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;

namespace Hotline.Contracts;

/// <summary>One code with its words. Further members of the data file (such as <c>dataCall</c>) are in <see cref="Flags"/>.</summary>
public sealed record Code(string Value, string Vi, string En, IReadOnlyDictionary<string, bool> Flags);

/// <summary>A closed list of codes, loaded from <c>Codes/&lt;name&gt;.json</c> of this assembly: data, not code (R2).</summary>
public sealed class CodeList
{
    static readonly ConcurrentDictionary<string, CodeList> Lists = new();
    readonly FrozenDictionary<string, Code> codes;

    CodeList(string name, string version, IEnumerable<Code> items)
    {
        Name = name;
        Version = version;
        Items = [.. items];
        codes = Items.ToFrozenDictionary(c => c.Value);
    }

    public string Name { get; }

    /// <summary>Which edition of the list; stored beside codes that were reused over time, such as provinces.</summary>
    public string Version { get; }

    public IReadOnlyList<Code> Items { get; }

    /// <exception cref="FileNotFoundException">There is no such list.</exception>
    public static CodeList Of(string name) => Lists.GetOrAdd(name, Load);

    public bool Contains(string code) => codes.ContainsKey(code);

    public Code? Find(string code) => codes.GetValueOrDefault(code);

    static CodeList Load(string name)
    {
        using var stream = typeof(CodeList).Assembly.GetManifestResourceStream($"Hotline.Contracts.Codes.{name}.json")
            ?? throw new FileNotFoundException($"No code list {name}.");
        using var document = JsonDocument.Parse(stream);
        var root = document.RootElement;
        return new CodeList(name, root.GetProperty("version").GetString()!, root.GetProperty("items").EnumerateArray().Select(Read).ToList());
    }

    static Code Read(JsonElement item) => new(
        item.GetProperty("code").GetString()!,
        item.GetProperty("vi").GetString()!,
        item.GetProperty("en").GetString()!,
        item.EnumerateObject()
            .Where(m => m.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            .ToDictionary(m => m.Name, m => m.Value.GetBoolean()));
}
