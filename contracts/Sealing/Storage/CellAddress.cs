using System.Buffers.Binary;
using System.Text;

namespace Hotline.Sealing;

/// <summary>Where a sealed value is stored. Part of its seal, so that a value moved, swapped or rolled back does not open.</summary>
/// <param name="Version">The row's version of this value; rises with every change.</param>
public readonly record struct CellAddress(string Table, Guid Row, string Column, long Version)
{
    // version of this form || key id || length and text of table || row || length and text of column || version
    internal byte[] ToBytes(byte format, Guid key)
    {
        var table = Encoding.UTF8.GetByteCount(Table);
        var column = Encoding.UTF8.GetByteCount(Column);
        var bytes = new byte[1 + 16 + 4 + table + 16 + 4 + column + 8];
        var rest = bytes.AsSpan();
        rest[0] = format;
        key.TryWriteBytes(rest[1..], bigEndian: true, out _);
        rest = WriteText(rest[17..], Table, table);
        Row.TryWriteBytes(rest, bigEndian: true, out _);
        rest = WriteText(rest[16..], Column, column);
        BinaryPrimitives.WriteInt64BigEndian(rest, Version);
        return bytes;
    }

    static Span<byte> WriteText(Span<byte> target, string text, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(target, length);
        Encoding.UTF8.GetBytes(text, target[4..]);
        return target[(4 + length)..];
    }
}
