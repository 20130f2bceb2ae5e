namespace Hotline.Intake;

/// <summary>The numbers that people say aloud: <c>HL-2026-000001</c>. The year is that of Viet Nam; numbers never start again.</summary>
public static class References
{
    static readonly TimeZoneInfo VietNam = TimeZoneInfo.FindSystemTimeZoneById("Asia/Ho_Chi_Minh");

    public static string Prefix(string kind, DateTimeOffset now) => $"{kind}-{TimeZoneInfo.ConvertTime(now, VietNam).Year}-";
}
