using System.Text.Json;
using System.Text.Unicode;

namespace Hotline.Sealing;

/// <summary>JSON of one meaning only: valid UTF-8, no duplicate member at any depth, at most 32 deep, no lone surrogates.</summary>
static class StrictJson
{
    internal const int Depth = 32;
    internal static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = Depth };
    static readonly JsonDocumentOptions Options = new() { MaxDepth = Depth, AllowDuplicateProperties = false };

    internal static bool TryParse(ReadOnlySpan<byte> utf8, out JsonElement root, out string code)
    {
        root = default;
        code = SealingCodes.Malformed;
        if (!Utf8.IsValid(utf8))
            return false;
        try
        {
            root = JsonElement.Parse(utf8, Options);
        }
        catch (JsonException)
        {
            code = Explain(utf8);
            return false;
        }
        catch (InvalidOperationException)
        {
            // A member name with a lone surrogate has no text to compare.
            return false;
        }
        return !MayHoldSurrogates(utf8) || EveryTextIsReadable(utf8);
    }

    /// <summary>Says why a text was refused. Reads without recursion, so depth costs nothing here.</summary>
    internal static string Explain(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = int.MaxValue });
            while (reader.Read())
            {
                if (reader.CurrentDepth >= Depth && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    return SealingCodes.TooDeep;
            }
        }
        catch (JsonException)
        {
            return SealingCodes.Malformed;
        }
        return SealingCodes.DuplicateMember;
    }

    static bool MayHoldSurrogates(ReadOnlySpan<byte> utf8) => utf8.IndexOf("\\ud"u8) >= 0 || utf8.IndexOf("\\uD"u8) >= 0;

    // "\ud800" alone is valid JSON but no text: it would throw in whoever reads the body later.
    static bool EveryTextIsReadable(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    reader.GetString();
            }
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
