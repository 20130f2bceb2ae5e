using System.Text;
using System.Text.Json.Nodes;

namespace Hotline.Testing.Actors;

/// <summary>Invented calls.</summary>
public static class Samples
{
    /// <summary>How the invented numbers begin, however they are written. Fewer digits come up by chance in identifiers and hashes.</summary>
    public const string PhoneNumber = @"912\D?000";

    /// <summary>A call with everything that a P1 needs.</summary>
    public static JsonObject Call() => new()
    {
        ["startedAt"] = "2026-06-18T22:47:00+07:00",
        ["channel"] = "phone",
        ["callerNumber"] = "0912 000 123",
        ["callerRelation"] = "relative",
        ["callerName"] = "Nguyễn Văn Giả",
        ["language"] = "vi",
        ["summary"] = "Người nhà báo cháu gái bị giữ tại một quán karaoke, bị thu giấy tờ.",
        ["safety"] = new JsonObject { ["callerInImmediateDanger"] = false, ["safeToCallBack"] = true, ["safeHours"] = "08:00-20:00", ["voicemailAllowed"] = false },
        ["consent"] = new JsonObject { ["given"] = "not-asked" },
        ["persons"] = new JsonArray(new JsonObject
        {
            ["role"] = "victim",
            ["fullName"] = "Trần Thị Ví Dụ",
            ["birthYear"] = 2004,
            ["sex"] = "female",
            ["situation"] = "held",
        }),
        ["placeOfEvent"] = new JsonObject { ["provinceCode"] = "01", ["country"] = "VN", ["route"] = "none" },
        ["trafficking"] = new JsonObject
        {
            ["acts"] = new JsonArray("harbour"),
            ["means"] = new JsonArray("coercion"),
            ["purposes"] = new JsonArray("sexual-exploitation"),
        },
        ["needs"] = new JsonArray("essential-needs"),
    };

    /// <summary>The same with a child beside the grown victim.</summary>
    public static JsonObject CallOfTwo()
    {
        var call = Call();
        call["persons"]!.AsArray().Add(new JsonObject { ["role"] = "victim", ["fullName"] = "Lò Thị Ví Dụ", ["birthYear"] = 2015, ["sex"] = "female", ["situation"] = "held" });
        return call;
    }

    public static JsonObject Referral(string agency, string urgency = "P1", string? ground = "legal-duty") => new()
    {
        ["agency"] = agency,
        ["urgency"] = urgency,
        ["purpose"] = "investigation",
        ["ground"] = ground,
    };

    /// <summary>The sixty calls of <c>deploy/samples/calls.jsonl</c>, with their <c>expected</c>.</summary>
    public static IReadOnlyList<JsonObject> Calls()
    {
        using var stream = typeof(Samples).Assembly.GetManifestResourceStream("calls.jsonl")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
