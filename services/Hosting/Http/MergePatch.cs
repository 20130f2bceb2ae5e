using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;

namespace Hotline.Hosting.Http;

/// <summary>JSON Merge Patch (RFC 7396): a null removes, an object merges, everything else replaces.</summary>
public static class MergePatch
{
    /// <summary>The record after the patch, or why not; the record given is never changed.</summary>
    public static (T? Value, Refusal? Refusal) Apply<T>(T current, ReadOnlySpan<byte> patch) where T : class
    {
        var (changes, malformed) = RequestBody.ParseObject(patch);
        if (malformed is not null)
            return (null, malformed);
        // A patch with an unknown member is refused even where it would only remove.
        if (JsonForm.Read<T>(changes!.DeepClone().AsObject()).Refusal is { } refusal)
            return (null, refusal);
        var document = JsonSerializer.SerializeToNode(current, Wire.Json)!.AsObject();
        Merge(document, changes);
        return JsonForm.Read<T>(document);
    }

    static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject changes && target[name] is JsonObject existing)
                Merge(existing, changes);
            else
                target[name] = value.DeepClone();
        }
    }
}
