using System.Globalization;
using System.Text;

namespace Hotline.Intake;

/// <summary>Vietnamese text for comparing: marks, đ, case, tone placement, invisible characters and spaces do not count.</summary>
public static class Text
{
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
