using System.Buffers.Binary;
using System.Text;

namespace Hotline.Sealing;

/// <summary>
/// A signed message as it is stored: decoded, and without the zeros of its pad. The pad hides a length from those who
/// watch the wire; at rest it would be two thirds of what is written. Unpacked, the text is the same to the last
/// character, or the signature would be worth nothing.
/// </summary>
static class PackedJws
{
    // No compact token begins with this byte: one that could not be packed is stored as its text.
    const byte Packed = 1;
    const int Head = 1 + sizeof(int) + sizeof(int) + sizeof(ushort);
    const int End = 2; // the pad's closing quote and the object's brace

    internal static byte[] Pack(string jws)
    {
        var token = Encoding.ASCII.GetBytes(jws);
        Span<Range> parts = stackalloc Range[3];
        if (!CompactToken.TrySplit(token, parts)
            || !Base64UrlText.TryDecode(token.AsSpan(parts[0]), out byte[] header) || header.Length > ushort.MaxValue
            || !Base64UrlText.TryDecode(token.AsSpan(parts[1]), out byte[] payload) || payload.Length < End
            || !Base64UrlText.TryDecode(token.AsSpan(parts[2]), out byte[] signature))
            return token;

        var open = payload.AsSpan(0, payload.Length - End);
        var said = open.LastIndexOfAnyExcept((byte)'0') + 1;
        var packed = new byte[Head + header.Length + said + End + signature.Length];
        packed[0] = Packed;
        BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(1), open.Length - said);
        BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(5), said + End);
        BinaryPrimitives.WriteUInt16BigEndian(packed.AsSpan(9), (ushort)header.Length);
        var rest = packed.AsSpan(Head);
        header.CopyTo(rest);
        payload.AsSpan(0, said).CopyTo(rest[header.Length..]);
        payload.AsSpan(open.Length).CopyTo(rest[(header.Length + said)..]);
        signature.CopyTo(rest[(header.Length + said + End)..]);
        return packed;
    }

    internal static string Unpack(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < Head || stored[0] != Packed)
            return Encoding.ASCII.GetString(stored);
        var zeros = BinaryPrimitives.ReadInt32BigEndian(stored[1..]);
        var kept = BinaryPrimitives.ReadInt32BigEndian(stored[5..]);
        var rest = stored[Head..];
        var header = rest[..BinaryPrimitives.ReadUInt16BigEndian(stored[9..])];
        var said = rest.Slice(header.Length, kept);

        var payload = new byte[kept + zeros];
        said[..^End].CopyTo(payload);
        payload.AsSpan(kept - End, zeros).Fill((byte)'0');
        said[^End..].CopyTo(payload.AsSpan(payload.Length - End));
        return $"{Base64UrlText.Encode(header)}.{Base64UrlText.Encode(payload)}.{Base64UrlText.Encode(rest[(header.Length + kept)..])}";
    }
}
