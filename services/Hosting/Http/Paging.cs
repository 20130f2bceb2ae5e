using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using Hotline.Contracts;
using Hotline.Hosting.Storage;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Hotline.Hosting.Http;

/// <summary>A page of a list.</summary>
/// <param name="Next">Cursor of the next page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary><c>?limit=</c> 1 to 200 (default 50) and <c>?cursor=</c>, for lists that are ordered by time and id.</summary>
public sealed record Paging(int Limit, (DateTimeOffset At, Guid Id)? Before)
{
    const int Default = 50;

    /// <summary>The greatest limit.</summary>
    public const int Most = 200;

    /// <param name="standard">The limit where the request names none.</param>
    public static (Paging? Paging, Refusal? Refusal) Read(HttpContext http, int standard = Default)
    {
        var (count, badLimit) = ReadLimit(http, standard);
        if (badLimit is not null)
            return (null, badLimit);
        var cursor = http.Request.Query["cursor"].ToString();
        if (cursor.Length == 0)
            return (new Paging(count, null), null);
        Span<byte> bytes = stackalloc byte[24];
        // Decoding throws where a character is none of the alphabet's.
        if (cursor.Length != 32 || !Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, bytes, out var written) || written != 24)
            return (null, Refusal.With("request.malformed", "at", "cursor"));
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks
            ? (null, Refusal.With("request.malformed", "at", "cursor"))
            : (new Paging(count, (new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[8..], bigEndian: true))), null);
    }

    /// <param name="standard">The limit where the request names none.</param>
    public static (int Limit, Refusal? Refusal) ReadLimit(HttpContext http, int standard = Default)
    {
        var (limit, count) = (http.Request.Query["limit"].ToString(), standard);
        return limit.Length > 0 && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > Most)
            ? (0, Refusal.With("request.malformed", "at", "limit")) : (count, null);
    }

    /// <summary>For the next three parameters: the cursor's time (infinity on the first page), its id, and one more than the limit.</summary>
    public void Bind(NpgsqlCommand command)
    {
        command.Parameters.Add(Sql.Parameter(Before?.At ?? DateTimeOffset.MaxValue));
        command.Parameters.Add(Sql.Parameter(Before?.Id ?? Guid.Empty));
        command.Parameters.Add(Sql.Parameter(Limit + 1));
    }

    /// <param name="items">Up to one more than <see cref="Limit"/>: the one too many says that there is a next page.</param>
    public Page<T> Page<T>(List<T> items, Func<T, (DateTimeOffset At, Guid Id)> place)
    {
        if (items.Count <= Limit)
            return new Page<T>(items, null);
        items.RemoveRange(Limit, items.Count - Limit);
        var (at, id) = place(items[^1]);
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.UtcTicks);
        id.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return new Page<T>(items, Base64Url.EncodeToString(bytes));
    }
}
