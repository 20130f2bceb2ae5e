using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;

namespace Hotline.Console.Words;

/// <summary>A text of the screens in both languages.</summary>
public sealed record Wording(string Vi, string En);

/// <summary>
/// Every text of the consoles, from the files <c>*.words.json</c> beside the screens: <c>{"desk.title": ["Bàn trực", "Desk"]}</c>.
/// A name that stands twice or has no English does not start.
/// </summary>
public sealed class WordList
{
    const string Folder = "words/";
    readonly FrozenDictionary<string, Wording> words;

    WordList(FrozenDictionary<string, Wording> words) => this.words = words;

    /// <exception cref="KeyNotFoundException">No such text: a bug.</exception>
    public Wording this[string name] => words[name];

    public bool Has(string name) => words.ContainsKey(name);

    public IEnumerable<KeyValuePair<string, Wording>> All => words;

    public static WordList Load(params IEnumerable<Assembly> assemblies)
    {
        var all = new Dictionary<string, Wording>();
        foreach (var assembly in assemblies)
            foreach (var file in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal)))
            {
                using var stream = assembly.GetManifestResourceStream(file)!;
                foreach (var (name, both) in JsonSerializer.Deserialize<Dictionary<string, string[]>>(stream)!)
                    all.Add(name, new Wording(both[0], both[1]));
            }
        return new WordList(all.ToFrozenDictionary());
    }
}
