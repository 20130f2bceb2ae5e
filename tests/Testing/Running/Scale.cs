using System.Globalization;

namespace Hotline.Testing.Running;

/// <summary>Sizes of tests: <c>HOTLINE_TEST_SCALE</c> multiplies them, 1 unless set.</summary>
public static class Scale
{
    /// <summary>Of the tests that grow with it: <c>soak</c> runs these in their full sizes.</summary>
    public const string Category = "Scaled";

    static readonly int Factor = int.TryParse(Environment.GetEnvironmentVariable("HOTLINE_TEST_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) && factor > 0 ? factor : 1;

    public static int Of(int size) => size * Factor;

    /// <summary>A seed for everything random in a test; printed, and taken from <c>HOTLINE_TEST_SEED</c> to run it again.</summary>
    public static int Seed()
    {
        var named = Environment.GetEnvironmentVariable("HOTLINE_TEST_SEED");
        var seed = int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount & int.MaxValue;
        NUnit.Framework.TestContext.Out.WriteLine($"HOTLINE_TEST_SEED={seed}");
        return seed;
    }
}
