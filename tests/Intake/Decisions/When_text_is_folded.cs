using System.Text;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

public sealed class When_text_is_folded
{
    [TestCase("Nguyễn Thị Đào", "nguyen thi dao")]
    [TestCase("hoà", "hoa")]
    [TestCase("hòa", "hoa")]
    [TestCase("  Quảng   Ninh ", "quang ninh")]
    [TestCase("Đắk​ Lắk", "dak lak")]
    public void Should_keep_only_what_counts(string text, string folded)
    {
        Assert.That(Text.Fold(text), Is.EqualTo(folded));
        Assert.That(Text.Fold(text.Normalize(NormalizationForm.FormD)), Is.EqualTo(folded));
    }
}
