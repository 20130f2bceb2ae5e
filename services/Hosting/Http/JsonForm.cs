using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline.Contracts;

namespace Hotline.Hosting.Http;

/// <summary>
/// Checks a JSON object against a record of Contracts before it is read into one: unknown members, kinds of values,
/// code lists (<see cref="CodeAttribute"/>), lengths (<see cref="MaxAttribute"/>) and ranges (<see cref="WithinAttribute"/>).
/// Texts come out in NFC, times in UTC. Each refusal names the place by JSON pointer, never the value.
/// </summary>
public static partial class JsonForm
{
    sealed record Member(Type Type, string? List, int? Max, WithinAttribute? Within);

    static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Member>> Forms = new();

    public static (T? Value, Refusal? Refusal) Read<T>(JsonObject node) where T : class
    {
        try
        {
            return Check(node, typeof(T), string.Empty) is { } refusal ? (null, refusal) : (node.Deserialize<T>(Wire.Json), null);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            // Half a character and the like, which only shows when the text is read.
            return (null, new Refusal("request.malformed"));
        }
    }

    static Refusal? Check(JsonObject node, Type type, string at)
    {
        var form = Forms.GetOrAdd(type, FormOf);
        foreach (var (name, value) in node.ToList())
        {
            var place = $"{at}/{name}";
            if (!form.TryGetValue(name, out var member))
                return Refusal.With("request.unknown-member", "at", place);
            if (value is not null && CheckValue(value, member, place, fresh => node[name] = fresh) is { } refusal)
                return refusal;
        }
        return null;
    }

    static Refusal? CheckValue(JsonNode value, Member member, string at, Action<JsonNode> replace)
    {
        if (ItemType(member.Type) is { } item)
        {
            if (value is not JsonArray list)
                return Refusal.With("request.malformed", "at", at);
            for (var i = 0; i < list.Count; i++)
            {
                var index = i;
                if (list[i] is not { } one)
                    return Refusal.With("request.malformed", "at", $"{at}/{i}");
                if (CheckValue(one, member with { Type = item }, $"{at}/{i}", fresh => list[index] = fresh) is { } refusal)
                    return refusal;
            }
            return null;
        }
        if (member.Type == typeof(string))
            return CheckText(value, member, at, replace);
        if (!member.Type.IsValueType)
            return value is JsonObject inner ? Check(inner, member.Type, at) : Refusal.With("request.malformed", "at", at);
        var kind = value.GetValueKind();
        var fits = member.Type == typeof(bool) ? kind is JsonValueKind.True or JsonValueKind.False
            : member.Type == typeof(int) ? value is JsonValue number && number.TryGetValue(out int count) && (member.Within is not { } within || count >= within.Least && count <= within.Most)
            : kind == JsonValueKind.String && FitsText(value.GetValue<string>(), member.Type, replace);
        return fits ? null : Refusal.With("request.malformed", "at", at);
    }

    static bool FitsText(string text, Type type, Action<JsonNode> replace)
    {
        if (type == typeof(DateOnly))
            return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
        if (type == typeof(Guid))
            return Guid.TryParseExact(text, "D", out _);
        if (type != typeof(DateTimeOffset))
            return true;
        if (!Rfc3339().IsMatch(text) || !DateTimeOffset.TryParse(text.ToUpperInvariant(), CultureInfo.InvariantCulture, out var time))
            return false;
        replace(JsonValue.Create(time.ToUniversalTime()));
        return true;
    }

    static Refusal? CheckText(JsonNode value, Member member, string at, Action<JsonNode> replace)
    {
        if (value.GetValueKind() != JsonValueKind.String || value.GetValue<string>() is not { } text)
            return Refusal.With("request.malformed", "at", at);
        // U+0000 and lone surrogates are no text; everything else is kept as it was typed.
        if (text.Contains('\0', StringComparison.Ordinal) || !IsWellFormed(text))
            return Refusal.With("request.malformed", "at", at);
        var composed = text.Normalize(NormalizationForm.FormC);
        if (member.List is { } list && !CodeList.Of(list).Contains(composed))
            return Refusal.With("request.unknown-code", "at", at);
        if (member.Max is { } max && composed.EnumerateRunes().Count() > max)
            return new Refusal("request.too-long", new Dictionary<string, object?> { ["at"] = at, ["max"] = max });
        if (!ReferenceEquals(composed, text) && composed != text)
            replace(JsonValue.Create(composed));
        return null;
    }

    static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && !(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[++i])))
                return false;
        return true;
    }

    static IReadOnlyDictionary<string, Member> FormOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.CanWrite && p.GetIndexParameters().Length == 0 && p.GetCustomAttribute<SetByHotlineAttribute>() is null)
        .ToDictionary(
            p => JsonNamingPolicy.CamelCase.ConvertName(p.Name),
            p => new Member(
                Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType,
                p.GetCustomAttribute<CodeAttribute>()?.List, p.GetCustomAttribute<MaxAttribute>()?.Length, p.GetCustomAttribute<WithinAttribute>()));

    static Type? ItemType(Type type) => type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0] : null;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$")]
    private static partial Regex Rfc3339();
}
