namespace Hotline.Duty.Channels;

/// <summary>What goes out as one page.</summary>
public sealed record PageBundle(IReadOnlyList<DuePage> Pages)
{
    public DuePage First => Pages[0];
}

/// <summary>
/// In a storm an officer gets one page for many referrals, not many pages. Pure. Must stay true: P0 is neither bundled
/// nor held back, a page that was tried before goes out again in the company and under the key that it had.
/// </summary>
public static class Bundling
{
    /// <summary>Between two pages to one officer on one channel; what comes meanwhile goes out together.</summary>
    public static TimeSpan Throttle { get; } = TimeSpan.FromSeconds(3);

    /// <param name="lastSentAt">When the target was paged last on the channel; null = never, or long ago.</param>
    /// <returns>What to send now, and until when the rest is put off.</returns>
    public static (IReadOnlyList<PageBundle> Send, IReadOnlyList<(DuePage Page, DateTimeOffset Until)> PutOff) Plan(
        IReadOnlyList<DuePage> due, Func<DuePage, DateTimeOffset?> lastSentAt, DateTimeOffset now)
    {
        var send = due.Where(IsAlone).Select(p => new PageBundle([p])).ToList();
        var putOff = new List<(DuePage, DateTimeOffset)>();
        foreach (var together in due.Where(p => !IsAlone(p)).GroupBy(p => (p.TargetId, p.Channel, p.Class, p.Bundle)))
        {
            if (together.Key.Bundle is null && lastSentAt(together.First()) is { } last && last + Throttle > now)
                putOff.AddRange(together.Select(p => (p, last + Throttle)));
            else
                send.Add(new PageBundle([.. together]));
        }
        return ([.. send.OrderBy(b => b.First.Urgency, StringComparer.Ordinal)], putOff);
    }

    /// <summary>A page that went out alone and is sent again stays alone, for the sake of its key.</summary>
    static bool IsAlone(DuePage page) => page.IsMostUrgent || (page.Tries > 0 && page.Bundle is null);
}
