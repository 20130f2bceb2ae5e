using System.Collections.Frozen;
using System.Globalization;
using PhoneNumbers;

namespace Hotline.Intake.Calls;

/// <summary>
/// Makes one number of all the ways to write it, so that a repeat caller is recognised. The raw text is kept beside it;
/// nothing is refused (official numbers such as 069.2348560 or 111 are no numbers to a library).
/// </summary>
public static class PhoneNumber
{
    // 15 September 2018: eleven-digit mobiles became ten-digit ones. Old digits, new digits, without the leading 0.
    static readonly FrozenDictionary<string, string> Since2018 = new Dictionary<string, string>
    {
        ["120"] = "70", ["121"] = "79", ["122"] = "77", ["126"] = "76", ["128"] = "78",
        ["123"] = "83", ["124"] = "84", ["125"] = "85", ["127"] = "81", ["129"] = "82",
        ["162"] = "32", ["163"] = "33", ["164"] = "34", ["165"] = "35", ["166"] = "36",
        ["167"] = "37", ["168"] = "38", ["169"] = "39",
        ["186"] = "56", ["188"] = "58", ["199"] = "59",
    }.ToFrozenDictionary();

    /// <summary>The number for comparing: <c>+</c>, country code and digits, or the digits alone where no country is known.</summary>
    /// <returns>Null where the text holds fewer than three digits (a label such as "số ẩn").</returns>
    public static string? Normalise(string? raw)
    {
        if (raw is null)
            return null;
        var digits = Digits(raw);
        if (digits.Length < 3)
            return null;
        if (IsInternational(raw))
            return Vietnamese(digits) ?? Foreign("+" + digits);
        if (digits.StartsWith("00", StringComparison.Ordinal))
            return Vietnamese(digits[2..]) ?? Foreign("+" + digits[2..]);
        if (digits.StartsWith('0'))
            return "+84" + Modern(digits[1..]);
        if (Vietnamese(digits) is { Length: >= 11 } full)
            return full;
        // No number of Viet Nam is that long without its 0: a switch that leaves out the +.
        return digits.Length >= 11 ? Foreign("+" + digits) : digits;
    }

    /// <summary>Whether a + stands before the first digit, whatever else does: brackets, spaces, marks that nobody sees.</summary>
    static bool IsInternational(string raw) =>
        raw.TakeWhile(c => CharUnicodeInfo.GetDecimalDigitValue(c) < 0).LastOrDefault(c => char.GetUnicodeCategory(c) is UnicodeCategory.MathSymbol) is '+' or '\uFF0B';

    static string? Vietnamese(string digits) =>
        digits.StartsWith("84", StringComparison.Ordinal) ? "+84" + Modern(digits[2..].TrimStart('0')) : null;

    static string Modern(string national) =>
        national.Length == 10 && Since2018.TryGetValue(national[..3], out var prefix) ? prefix + national[3..] : national;

    static string Foreign(string number)
    {
        try
        {
            var phones = PhoneNumberUtil.GetInstance();
            return phones.Format(phones.Parse(number, null), PhoneNumberFormat.E164);
        }
        catch (NumberParseException)
        {
            return number;
        }
    }

    static string Digits(string raw)
    {
        var digits = new System.Text.StringBuilder(raw.Length);
        foreach (var rune in raw.EnumerateRunes())
            if (CharUnicodeInfo.GetDecimalDigitValue(rune.ToString(), 0) is >= 0 and var digit)
                digits.Append(digit);
        return digits.ToString();
    }
}
