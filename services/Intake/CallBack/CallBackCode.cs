using System.Security.Cryptography;
using System.Text;
using Hotline.Sealing;

namespace Hotline.Intake.CallBack;

/// <summary>
/// What a reporter is told once, to ask about the call later (R24): twelve random digits, <c>4821 0937 5516</c>, that can
/// be said in any language. Must stay true: it says nothing about the call, and is stored only as a keyed hash.
/// </summary>
public static class CallBackCode
{
    const int Digits = 12;
    const string Purpose = "call-back-code";

    public static string Make() => string.Join(' ', RandomNumberGenerator.GetItems<char>("0123456789", Digits).Chunk(4).Select(group => new string(group)));

    /// <summary>The digits alone, however they were written; null where it cannot be a code.</summary>
    public static string? Read(string? text)
    {
        var digits = new string([.. (text ?? string.Empty).Normalize(NormalizationForm.FormKC).Where(char.IsAsciiDigit)]);
        return digits.Length == Digits && (text ?? string.Empty).Length <= 40 ? digits : null;
    }

    internal static byte[] Mac(StorageKeys storage, string code) => storage.Mac(Encoding.ASCII.GetBytes(Read(code)!), Purpose);
}
