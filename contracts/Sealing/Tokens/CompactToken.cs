namespace Hotline.Sealing;

/// <summary>The parts of a compact token between its dots (RFC 7515 section 7.1, RFC 7516 section 7.1).</summary>
static class CompactToken
{
    /// <summary>Finds exactly <paramref name="parts"/>.Length parts; more or fewer dots are refused.</summary>
    internal static bool TrySplit(ReadOnlySpan<byte> token, Span<Range> parts)
    {
        var start = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var dot = token[start..].IndexOf((byte)'.');
            var last = i == parts.Length - 1;
            if (last != dot < 0)
                return false;
            var end = last ? token.Length : start + dot;
            parts[i] = start..end;
            start = end + 1;
        }
        return true;
    }
}
