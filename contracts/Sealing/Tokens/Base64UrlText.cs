using System.Buffers;
using System.Buffers.Text;

namespace Hotline.Sealing;

/// <summary>
/// Base64url as RFC 7515 appendix C has it and nothing else: no padding, no white space, zero spare bits. A lenient reader
/// would give one token many spellings.
/// </summary>
static class Base64UrlText
{
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static readonly SearchValues<byte> Alphabet = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(Letters));

    internal static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        if (!IsCanonical(text))
            return false;

        bytes = new byte[DecodedLength(text.Length)];
        return Base64Url.DecodeFromUtf8(text, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length;
    }

    /// <summary>Decodes into a buffer of exactly the expected size.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes) =>
        DecodedLength(text.Length) == bytes.Length && IsCanonical(text)
        && Base64Url.DecodeFromUtf8(text, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length;

    internal static bool TryDecode(string text, out byte[] bytes) => TryDecode(System.Text.Encoding.UTF8.GetBytes(text), out bytes);

    internal static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    static int DecodedLength(int length) => length / 4 * 3 + (length % 4) switch { 2 => 1, 3 => 2, _ => 0 };

    static bool IsCanonical(ReadOnlySpan<byte> text)
    {
        var rest = text.Length % 4;
        if (rest == 1 || text.ContainsAnyExcept(Alphabet))
            return false;
        if (rest == 0)
            return true;

        var spare = rest == 2 ? 0b1111 : 0b11;
        return (Letters.IndexOf((char)text[^1], StringComparison.Ordinal) & spare) == 0;
    }
}
