using System.Text;

namespace Hotline.Sealing.Tests.Requests;

/// <summary>Seals on what gateways and services send each other.</summary>
public sealed class When_a_request_is_sealed
{
    const string Secret = "gxUBV6rlUOPLuxuYzrNrhQ";
    static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"id":1}""");

    [Test]
    public void Should_hold_for_the_same_secret_time_and_body() =>
        Assert.That(RequestSeal.Holds(Secret, "1764079200", Body, RequestSeal.Make(Secret, "1764079200", Body)), Is.True);

    [Test]
    public void Should_not_hold_when_anything_differs()
    {
        var seal = RequestSeal.Make(Secret, "1764079200", Body);

        Assert.That(RequestSeal.Holds(RequestSeal.NewSecret(), "1764079200", Body, seal), Is.False);
        Assert.That(RequestSeal.Holds(Secret, "1764079201", Body, seal), Is.False);
        Assert.That(RequestSeal.Holds(Secret, "1764079200", [.. Body, 32], seal), Is.False);
        Assert.That(RequestSeal.Holds(Secret, "1764079200", Body, seal[..^1] + (seal[^1] == 'A' ? 'E' : 'A')), Is.False);
        Assert.That(RequestSeal.Holds(Secret, null, Body, seal), Is.False);
        Assert.That(RequestSeal.Holds(Secret, "1764079200", Body, null), Is.False);
        Assert.That(RequestSeal.Holds(Secret, "1764079200", Body, "no seal at all"), Is.False);
    }

    /// <summary>Computed with another library: Python's hmac over <c>1764079200.{"id":1}</c>.</summary>
    [Test]
    public void Should_be_the_value_that_others_compute() =>
        Assert.That(RequestSeal.Make(Secret, "1764079200", Body), Is.EqualTo("noQHjacZuruzcCoJY7N7AEQJagj5DpSz0HN7wj2_rUs"));
}
