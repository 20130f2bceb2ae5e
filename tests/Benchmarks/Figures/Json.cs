using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline.Benchmarks.Figures;

/// <summary>How the files of <c>--json</c> are written.</summary>
static class Json
{
    public static JsonSerializerOptions Written { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
