using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Hotline.Contracts;

/// <summary>The one way JSON is written and read between organisations: camelCase, no unknown and no duplicate members.</summary>
public static class Wire
{
    public static JsonSerializerOptions Json { get; } = Create();

    static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            AllowDuplicateProperties = false,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            PropertyNameCaseInsensitive = false,
            NumberHandling = JsonNumberHandling.Strict,
            MaxDepth = 32,
            // Text stays readable for other languages' tools; it is never put into HTML unescaped.
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>The parties of the hotline. The hub is always <c>intake</c>; agencies are rows and profiles.</summary>
public static class Parties
{
    public const string Hub = "intake";
}
