using System.Globalization;
using Hotline.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hotline.Duty;

/// <summary>An instant in a query: RFC 3339 with its offset, so that nobody guesses a time zone. From 2000 to 2099: calendars end somewhere.</summary>
static class QueryTime
{
    static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public static (DateTimeOffset? At, Refusal? Refusal) Read(HttpContext http, string name)
    {
        // A plus sign that was not escaped arrives as a space.
        var text = http.Request.Query[name].ToString().Replace(' ', '+');
        if (text.Length == 0)
            return (null, null);
        var zoned = text[^1] is 'Z' or 'z' || (text.Length > 6 && text[^6] is '+' or '-');
        return zoned && DateTimeOffset.TryParseExact(text.ToUpperInvariant(), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && at.Year is >= 2000 and < 2100 ? (at.ToUniversalTime(), null) : (null, Refusal.With("request.malformed", "at", name));
    }
}
