using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Hotline.Benchmarks.Product;

/// <summary>An invented call whose file is about two kilobytes.</summary>
static class SampleCall
{
    public static JsonObject Body { get; } = JsonNode.Parse(
        """
        {
          "startedAt": "2026-06-18T22:47:10+07:00", "durationSeconds": 412, "channel": "phone", "callerNumber": "0912000101",
          "callerRelation": "victim", "callerName": "Lò Thị Mai", "language": "vi", "interpreterNeeded": false, "disposition": "referral",
          "summary": "Người gọi cho biết bị rủ đi làm phục vụ quán ăn gần cửa khẩu, sau đó bị giữ giấy tờ và không cho ra ngoài. Hiện đã trốn được đến nhà người quen, sợ bị tìm thấy. Người gọi nghe tiếng xe máy đi qua lại trước nhà nhiều lần trong đêm. Đề nghị được đón đến nơi an toàn và báo cho công an. Nội dung này là dữ liệu giả định để đo tốc độ, không có người thật. Người gọi đồng ý chuyển thông tin cho công an và bộ đội biên phòng.",
          "safety": { "callerInImmediateDanger": false, "safeToCallBack": true, "safeHours": "08:00-20:00", "voicemailAllowed": false },
          "consent": { "given": "yes", "by": "victim", "scopeAgencies": ["police", "border-guard"], "overrideGround": null },
          "complaint": null,
          "persons": [
            { "role": "victim", "fullName": "Lò Thị Mai", "birthYear": 2004, "sex": "female", "ethnicity": "Thái", "nationality": "VN", "phone": "0912000101", "situation": "escaped", "notes": "Đang ở nhà người quen, cần nơi tạm lánh." },
            { "role": "suspect", "fullName": "Vàng A Sử", "ageApprox": 35, "sex": "male", "nationality": "VN", "phone": "0987000222", "notes": "Người rủ đi làm." }
          ],
          "placeOfEvent": { "provinceCode": "22", "communeName": null, "country": "VN", "route": "border-area", "detail": "Gần chợ, đối diện trường học (giả định)" },
          "trafficking": { "acts": ["recruit", "harbour"], "means": ["deception", "coercion"], "purposes": ["forced-labour"] },
          "needs": ["essential-needs", "legal-information"]
        }
        """)!.AsObject();

    /// <summary>What the operator posts to refer it.</summary>
    public static byte[] Referral(string agency, string urgency = "P1") =>
        Referrals.GetOrAdd((agency, urgency), key => OperatorClient.Bytes(new JsonObject { ["agency"] = key.Agency, ["urgency"] = key.Urgency, ["purpose"] = "rescue" }));

    static readonly ConcurrentDictionary<(string Agency, string Urgency), byte[]> Referrals = new();
}
