using System.Globalization;
using Hotline.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hotline.Hosting.Http;

/// <summary><c>?limit=</c> 1 to 200 (default 200) and <c>?cursor=</c>, for lists that are short enough to be read whole: a portion is cut out of them.</summary>
public sealed record Portion(int Limit, int From)
{
    public static (Portion? Portion, Refusal? Refusal) Read(HttpContext http)
    {
        var (limit, refusal) = Paging.ReadLimit(http, Paging.Most);
        if (refusal is not null)
            return (null, refusal);
        var (cursor, from) = (http.Request.Query["cursor"].ToString(), 0);
        return cursor.Length > 0 && !int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out from)
            ? (null, Refusal.With("request.malformed", "at", "cursor"))
            : (new Portion(limit, from), null);
    }

    /// <summary>The portion that the request asks for, or why there is none.</summary>
    public static IResult Answer<T>(HttpContext http, IReadOnlyList<T> all)
    {
        var (portion, refusal) = Read(http);
        return refusal is not null ? Problems.Refuse(refusal) : Results.Ok(portion!.Of(all));
    }

    public Page<T> Of<T>(IReadOnlyList<T> all)
    {
        var items = all.Skip(From).Take(Limit).ToList();
        return new Page<T>(items, From + items.Count < all.Count && items.Count > 0 ? (From + items.Count).ToString(CultureInfo.InvariantCulture) : null);
    }
}
