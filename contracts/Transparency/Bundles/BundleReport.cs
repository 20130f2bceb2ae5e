namespace Hotline.Transparency;

/// <summary>The verdict on a bundle or a certificate as a page of text, in both languages.</summary>
public static class BundleReport
{
    public static string Of(BundleVerdict verdict) => Of(verdict, []);

    public static string Of(CertificateVerdict verdict) => Of(verdict.Evidence,
    [
        verdict.Proof == Proof.Sound ? "Chứng nhận tiêu hủy: nội dung vụ việc đã bị hủy khóa, không thể đọc lại, kể cả từ bản sao lưu."
            : "Chứng nhận tiêu hủy: KHÔNG được xác nhận.",
        verdict.Proof == Proof.Sound ? "Certificate of destruction: the keys of the case's content are destroyed; it can be read nowhere, not even in a backup."
            : "Certificate of destruction: NOT confirmed.",
        $"Tiêu hủy / destroyed: {(verdict.At is { } at ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : "?")}, {verdict.By ?? "?"}; nhật ký / log: {verdict.Party ?? "?"}",
    ]);

    static string Of(BundleVerdict verdict, IReadOnlyList<string> about)
    {
        List<string> lines =
        [
            .. PlainWords.Of(verdict.Proof),
            .. about,
            $"Vụ việc / case: {verdict.Case ?? "?"}",
            $"Bản ghi / records: {verdict.Records} ({verdict.Opened} đối chiếu được / opened); biên nhận / receipts: {verdict.Receipts}",
            $"Bên làm chứng / witnesses: {(verdict.Witnesses.Count == 0 ? "-" : string.Join(", ", verdict.Witnesses.Order(StringComparer.Ordinal)))}",
        ];
        if (verdict.PinThumbprint is { } thumbprint)
            lines.Add($"Khóa gốc / root key: {thumbprint} (so với khóa đã được giao / compare with the one you were given)");
        foreach (var (code, at) in verdict.Findings.Concat(verdict.Doubts).DistinctBy(f => f.Code))
            lines.Add($"- {PlainWords.Of(code)} ({code}, {at})");
        return string.Join('\n', lines) + "\n";
    }
}
