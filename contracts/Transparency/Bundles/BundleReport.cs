namespace Hotline.Transparency;

/// <summary>The verdict on a bundle as a page of text, in both languages.</summary>
public static class BundleReport
{
    public static string Of(BundleVerdict verdict)
    {
        List<string> lines =
        [
            .. PlainWords.Of(verdict.Proof),
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
