namespace Hotline.Benchmarks.Figures;

/// <summary>What one contestant did in one round.</summary>
/// <param name="PerSecond">Items per second with many in flight.</param>
/// <param name="P50Ms">Median time of one item, one at a time, milliseconds.</param>
/// <param name="P99Ms">The 99th of a hundred, one at a time, milliseconds.</param>
public sealed record Figure(double PerSecond, double P50Ms, double P99Ms)
{
    /// <summary>The median of each figure over the rounds.</summary>
    public static Figure Median(IReadOnlyList<Figure> rounds) => new(
        Middle(rounds.Select(r => r.PerSecond)), Middle(rounds.Select(r => r.P50Ms)), Middle(rounds.Select(r => r.P99Ms)));

    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length * percent / 100) - 1)];
    }

    static double Middle(IEnumerable<double> values) => Percentile(values, 50);
}
