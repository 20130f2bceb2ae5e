using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline.Benchmarks.Figures;

/// <summary>The files of <c>--json</c>.</summary>
static class Json
{
    static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <param name="file">Null: nobody asked for one.</param>
    public static void Write<T>(string? file, T figures)
    {
        if (file is not null)
            File.WriteAllText(file, JsonSerializer.Serialize(figures, Written));
    }
}
