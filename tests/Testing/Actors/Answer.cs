using System.Net;
using System.Text.Json.Nodes;

namespace Hotline.Testing.Actors;

/// <summary>What a service answered.</summary>
public sealed record Answer(HttpStatusCode Status, string Text, string? ETag)
{
    /// <summary>For example <c>application/problem+json</c>.</summary>
    public string? MediaType { get; init; }

    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException("The answer is empty.");

    /// <summary>The stable code of a refusal; null where there is none.</summary>
    public string? Code => Text.Length > 0 && Text[0] == '{' ? Json["code"]?.GetValue<string>() : null;

    public Guid Id => Guid.Parse(this["id"]);

    public string State => this["state"];

    /// <summary>A text member of the answer.</summary>
    public string this[string name] => Json[name]?.GetValue<string>() ?? throw new InvalidOperationException($"No {name} in: {Text}");

    /// <exception cref="InvalidOperationException">The service refused.</exception>
    public Answer Good() => (int)Status is >= 200 and < 300 ? this : throw new InvalidOperationException($"{(int)Status}: {Text}");

    public override string ToString() => $"{(int)Status} {Text}";
}
