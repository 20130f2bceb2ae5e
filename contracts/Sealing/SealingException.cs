namespace Hotline.Sealing;

/// <summary>Something cannot be signed, sealed or loaded. Holds a code of <see cref="SealingCodes"/>, never content or keys.</summary>
public sealed class SealingException(string code, string? detail = null) : Exception(detail is null ? code : $"{code}: {detail}")
{
    public string Code { get; } = code;
}

/// <summary>
/// A stored value does not open: changed, moved to another cell, rolled back to an older version or sealed with another key.
/// Says no more than that.
/// </summary>
public sealed class SealBrokenException() : Exception("A stored value does not open.");
