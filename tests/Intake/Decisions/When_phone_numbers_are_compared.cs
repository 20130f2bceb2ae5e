using Hotline.Intake.Calls;
using NUnit.Framework;

namespace Hotline.Intake.Tests.Decisions;

public sealed class When_phone_numbers_are_compared
{
    [TestCase("0912000101", "+84912000101")]
    [TestCase("+84 912 000 101", "+84912000101")]
    [TestCase("0084912000101", "+84912000101")]
    [TestCase("84912000101", "+84912000101")]
    [TestCase("(+84) 912.000.101", "+84912000101")]
    [TestCase("​0912 000 101‬", "+84912000101")]
    [TestCase("٠٩١٢٠٠٠١٠١", "+84912000101")]
    [TestCase("01692000101", "+84392000101")]
    [TestCase("+84 169 2000 101", "+84392000101")]
    [TestCase("0120 2000 101", "+84702000101")]
    [TestCase("+855 12 000 133", "+85512000133")]
    [TestCase("0085512000133", "+85512000133")]
    [TestCase("069.2348560", "+84692348560")]
    [TestCase("111", "111")]
    public void Should_make_one_number_of_all_ways_to_write_it(string raw, string normalised) =>
        Assert.That(PhoneNumber.Normalise(raw), Is.EqualTo(normalised));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("số ẩn")]
    [TestCase("Private")]
    public void Should_know_when_there_is_no_number(string? raw) => Assert.That(PhoneNumber.Normalise(raw), Is.Null);
}
