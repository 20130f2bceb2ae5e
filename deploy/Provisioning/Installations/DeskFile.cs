using System.Text;
using Hotline.Duty.Calendar;

namespace Hotline.Provisioning.Installations;

/// <summary>A row of <c>deploy/samples/duty-desks.csv</c>; duty-desks.md beside it says where the numbers are from.</summary>
/// <param name="Unit"><c>central</c> or a province code.</param>
/// <param name="Hours"><c>24x7</c> or <c>office</c>.</param>
sealed record DeskNumber(string Agency, string Unit, string NameVi, string Phone, string Hours, string Source)
{
    /// <summary>Numbers printed in 2015 may be somebody else's today: a person dials them, a program does not.</summary>
    public bool MayRing => Source != "plan-697";
}

static class DeskFile
{
    public static IReadOnlyList<DeskNumber> Read()
    {
        using var stream = typeof(DeskFile).Assembly.GetManifestResourceStream("duty-desks.csv") ?? throw new FileNotFoundException("duty-desks.csv");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return
        [
            .. from line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
               let row = Csv.Fields(line)
               select new DeskNumber(row[0], row[2].Length == 0 ? "central" : row[2], row[3], row[4], row[5], row[6]),
        ];
    }
}
