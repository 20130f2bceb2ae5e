using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Hotline.Hosting.Http;

/// <summary>
/// Reads a request's JSON strictly: said to be JSON, at most 256 KiB, valid UTF-8, no duplicate and no unknown member, codes from their
/// lists, texts no longer than agreed and in NFC. What is refused has changed nothing, and no text of it is logged.
/// </summary>
public static class RequestBody
{
    /// <summary>In bytes.</summary>
    public const int Largest = 256 * 1024;

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    static readonly JsonDocumentOptions Document = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>The record of the body, its raw bytes (for <see cref="Idempotency"/>), or why not.</summary>
    public static async Task<(T? Value, ReadOnlyMemory<byte> Raw, Refusal? Refusal)> ReadAsync<T>(HttpContext http) where T : class
    {
        var (raw, unreadable) = await ReadRawAsync(http);
        return Read<T>(raw, unreadable);
    }

    static (T? Value, ReadOnlyMemory<byte> Raw, Refusal? Refusal) Read<T>(ReadOnlyMemory<byte> raw, Refusal? unreadable) where T : class
    {
        if (unreadable is not null)
            return (null, default, unreadable);
        var (node, malformed) = ParseObject(raw.Span);
        if (malformed is not null)
            return (null, raw, malformed);
        var (value, refusal) = JsonForm.Read<T>(node!);
        return (value, raw, refusal);
    }

    /// <summary>For routes whose members are all optional: no body is an empty object.</summary>
    public static async Task<(T? Value, ReadOnlyMemory<byte> Raw, Refusal? Refusal)> ReadOptionalAsync<T>(HttpContext http) where T : class, new()
    {
        var (raw, unreadable) = await ReadRawAsync(http);
        return unreadable is null && raw.IsEmpty ? (new T(), raw, null) : Read<T>(raw, unreadable);
    }

    /// <summary>For routes without a body: an empty one or an empty object.</summary>
    public static async Task<(ReadOnlyMemory<byte> Raw, Refusal? Refusal)> ReadEmptyAsync(HttpContext http)
    {
        var (raw, refusal) = await ReadRawAsync(http);
        if (refusal is not null || raw.IsEmpty)
            return (raw, refusal);
        var (node, malformed) = ParseObject(raw.Span);
        return (raw, malformed ?? (node!.Count == 0 ? null : Refusal.With("request.unknown-member", "at", $"/{node.First().Key}")));
    }

    public static async Task<(ReadOnlyMemory<byte> Raw, Refusal? Refusal)> ReadRawAsync(HttpContext http)
    {
        if (http.Request.ContentLength > Largest)
            return (default, new Refusal("request.too-large"));
        using var buffer = new MemoryStream((int)(http.Request.ContentLength ?? 4096));
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await http.Request.Body.ReadAsync(chunk, http.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > Largest)
                return (default, new Refusal("request.too-large"));
        }
        var raw = buffer.ToArray();
        if (raw.Length > 0 && !IsJson(http.Request.ContentType))
            return (default, new Refusal("media-type.unsupported"));
        try
        {
            Strict.GetCharCount(raw);
        }
        catch (DecoderFallbackException)
        {
            return (default, new Refusal("request.invalid-utf8"));
        }
        return (raw, null);
    }

    /// <summary>A body without a word about its kind is taken for JSON.</summary>
    static bool IsJson(string? contentType) =>
        string.IsNullOrEmpty(contentType)
        || MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.MediaType.Value?.ToLowerInvariant() is "application/json" or "application/merge-patch+json")
            && (type.Charset.Value?.Trim('"').ToLowerInvariant() is null or "" or "utf-8");

    internal static (JsonObject? Value, Refusal? Refusal) ParseObject(ReadOnlySpan<byte> raw)
    {
        try
        {
            return JsonNode.Parse(raw, documentOptions: Document) is JsonObject value ? (value, null) : (null, new Refusal("request.malformed"));
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException)
        {
            // The exception may quote the request; it goes no further.
            return (null, new Refusal("request.malformed"));
        }
    }
}
