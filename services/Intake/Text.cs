using System.Globalization;
using System.Text;

namespace Hotline.Intake;

/// <summary>Vietnamese text for comparing: marks, đ, case, tone placement, invisible characters and spaces do not count.</summary>
public static class Text
{
    /// <summary>
    /// Text with its marks and capitals, but one way to write it: nothing invisible, and the tone at the end of its
    /// word, wherever it was put (Thuỷ, Thủy). For comparing, never for showing.
    /// </summary>
    public static string Even(string text)
    {
        var (even, tones) = (new StringBuilder(text.Length), new StringBuilder());
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (char.GetUnicodeCategory(c) == UnicodeCategory.Format)
                continue;
            if (Tones.Contains(c))
            {
                tones.Append(c);
                continue;
            }
            if (!char.IsLetter(c) && char.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                Flush();
            even.Append(c);
        }
        Flush();
        return even.ToString();

        void Flush()
        {
            even.Append(tones);
            tones.Clear();
        }
    }

    // Grave, acute, tilde, hook above, dot below: the five tones. Circumflex, breve and horn make other vowels.
    const string Tones = "\u0300\u0301\u0303\u0309\u0323";

    /// <summary>The folded text, or an empty one for null.</summary>
    public static string Fold(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        var folded = new StringBuilder(text.Length);
        var space = false;
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            var category = char.GetUnicodeCategory(c);
            // Marks fall away here, and with them the difference between hoà and hòa.
            if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format or UnicodeCategory.Control && !char.IsWhiteSpace(c))
                continue;
            if (char.IsWhiteSpace(c))
            {
                space = folded.Length > 0;
                continue;
            }
            if (space)
                folded.Append(' ');
            space = false;
            folded.Append(c is 'đ' or 'Đ' ? 'd' : char.ToLowerInvariant(c));
        }
        return folded.ToString();
    }
}
