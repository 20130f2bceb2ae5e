using Hotline.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hotline.Hosting.Http;

/// <summary>Versions as entity tags: <c>"7"</c> (RFC 9110, section 13.1.1). A write that two people can make says which it saw.</summary>
public static class Versions
{
    public static (long Version, Refusal? Refusal) Require(HttpContext http)
    {
        var (version, refusal) = Optional(http);
        return refusal is not null ? (0, refusal) : version is { } seen ? (seen, null) : (0, new Refusal("version.required"));
    }

    public static (long? Version, Refusal? Refusal) Optional(HttpContext http)
    {
        var header = http.Request.Headers.IfMatch.ToString();
        if (header.Length == 0 || header == "*")
            return (null, null);
        return header.Length > 2 && header[0] == '"' && header[^1] == '"' && long.TryParse(header.AsSpan(1, header.Length - 2), out var version)
            ? (version, null) : (null, Refusal.With("request.malformed", "at", "If-Match"));
    }

    public static void SetETag(this HttpContext http, long version) => http.Response.Headers.ETag = $"\"{version}\"";
}
