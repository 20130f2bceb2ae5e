using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline.Hosting.Http;

/// <summary>Times in answers are written in UTC (http.md). Files keep the offset that the operator's call had.</summary>
sealed class UtcTimes : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}
