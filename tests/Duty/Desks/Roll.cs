namespace Hotline.Duty.Tests.Desks;

/// <summary>Names and numbers that no other test has.</summary>
static class Roll
{
    static int count;

    /// <summary>An officer's user name and telephone.</summary>
    public static (string Name, string Phone) Next(string name)
    {
        var number = Interlocked.Increment(ref count);
        return ($"{name}-{number}", $"0912 000 {number:000}");
    }
}
