using System.Text;

namespace Hotline.Transparency;

/// <summary>The verdict on a bundle as a page of text, in both languages.</summary>
public static class BundleReport
{
    const int Shown = 20;

    public static string Of(BundleVerdict verdict)
    {
        var text = new StringBuilder();
        foreach (var line in PlainWords.Of(verdict.Proof))
            text.AppendLine(line);
        text.AppendLine($"Vụ việc / case: {verdict.Case ?? "?"}");
        text.AppendLine($"Bản ghi / records: {verdict.Records} ({verdict.Opened} đối chiếu được / opened); biên nhận / receipts: {verdict.Receipts}");
        text.AppendLine($"Bên làm chứng / witnesses: {(verdict.Witnesses.Count == 0 ? "-" : string.Join(", ", verdict.Witnesses.Order(StringComparer.Ordinal)))}");
        if (verdict.PinThumbprint is { } thumbprint)
            text.AppendLine($"Khóa gốc / root key: {thumbprint} (so với khóa đã được giao / compare with the one you were given)");
        foreach (var (code, at) in verdict.Findings.Concat(verdict.Doubts).DistinctBy(f => f.Code).Take(Shown))
            text.AppendLine($"- {PlainWords.Of(code)} ({code}, {at})");
        return text.ToString();
    }
}
