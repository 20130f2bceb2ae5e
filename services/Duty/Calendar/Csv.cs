using System.Text;

namespace Hotline.Duty.Calendar;

/// <summary>One line of a comma-separated file (RFC 4180) without line breaks inside fields.</summary>
public static class Csv
{
    public static string[] Fields(string line)
    {
        var (fields, field, quoted) = (new List<string>(), new StringBuilder(), false);
        foreach (var (i, c) in line.TrimEnd('\r').Index())
        {
            if (c == '"')
            {
                // Two quotes inside a quoted field are one.
                if (!quoted && i > 0 && line[i - 1] == '"')
                    field.Append('"');
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append(c);
        }
        return [.. fields, field.ToString()];
    }
}
