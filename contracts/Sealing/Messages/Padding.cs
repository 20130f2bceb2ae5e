using System.Buffers;

namespace Hotline.Sealing;

/// <summary>
/// Fills a signed message up to one of few sizes, so that its length says little about what is in it: the next of
/// 4, 8, 16, 32, 64 KiB, then multiples of 64 KiB.
/// </summary>
static class Padding
{
    const int Step = 64 * 1024;
    const int Smallest = 4 * 1024;

    /// <summary>Ends the payload with the pad that makes the token's length one of the sizes.</summary>
    /// <exception cref="SealingException"><c>too-large</c>.</exception>
    internal static void WriteEnd(ArrayBufferWriter<byte> payload, PrivateKey key)
    {
        var start = ",\"pad\":\""u8;
        var end = "\"}"u8;
        var least = payload.WrittenCount + start.Length + end.Length;
        var size = SizeFor(Jws.Length(key, least));
        if (size > Suite.LargestSigned)
            throw new SealingException(SealingCodes.TooLarge);

        // Everything of the token that is not payload, then what the payload may have in base64url.
        var room = (size - Jws.Length(key, 0)) / 4 * 3 + (size - Jws.Length(key, 0)) % 4 * 3 / 4;
        payload.Write(start);
        var pad = payload.GetSpan(room - least)[..(room - least)];
        pad.Fill((byte)'0');
        payload.Advance(pad.Length);
        payload.Write(end);
    }

    static int SizeFor(int length)
    {
        var size = Smallest;
        while (size < length)
            size += size < Step ? size : Step;
        return size;
    }
}
