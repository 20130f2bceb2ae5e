namespace Hotline.Sealing.Tests;

static class Refusals
{
    /// <summary>The code of a refusal; fails with what happened instead.</summary>
    internal static string Code(this OpenResult result) =>
        result is OpenResult.Rejected rejected ? rejected.Code : $"not refused: {result}";
}
