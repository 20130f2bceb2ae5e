using System.Globalization;
using Hotline.Hosting.Audit;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Audit;

/// <summary>Which ids of records the sequencer still looks for.</summary>
public sealed class When_records_come_out_of_order
{
    [Test]
    public void Should_look_for_nothing_where_none_is_missing()
    {
        var unseen = new UnseenRecords(7);
        unseen.See(8, 10);
        unseen.See(11);

        Assert.That((unseen.First, unseen.Through, unseen.ToString()), Is.EqualTo((12L, 11L, "{}")));
    }

    [Test]
    public void Should_look_for_each_that_is_missing_until_it_comes()
    {
        var unseen = new UnseenRecords(0);
        unseen.See(4);
        unseen.See(9);
        Assert.That((unseen.First, unseen.ToString()), Is.EqualTo((1L, "{[1,3],[5,8]}")));

        unseen.See(6);
        unseen.See(1);
        unseen.See(3);
        unseen.See(2);
        Assert.That((unseen.First, unseen.ToString()), Is.EqualTo((5L, "{[5,5],[7,8]}")));
    }

    [Test]
    public void Should_not_look_any_more_for_what_can_not_come()
    {
        var unseen = new UnseenRecords(0);
        unseen.See(4);
        unseen.See(9);

        unseen.Forget(2);
        Assert.That(unseen.ToString(), Is.EqualTo("{[3,3],[5,8]}"));
        unseen.Forget(6);
        Assert.That(unseen.ToString(), Is.EqualTo("{[7,8]}"));
        unseen.Forget(20);
        Assert.That((unseen.First, unseen.Through, unseen.ToString()), Is.EqualTo((21L, 20L, "{}")));
    }

    /// <summary>Every order of a thousand ids: what was not seen up to the greatest is looked for, and nothing else.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Should_look_for_what_is_missing_in_any_order(int seed)
    {
        var (random, seen, unseen) = (new Random(seed), new HashSet<long>(), new UnseenRecords(0));
        foreach (var id in Enumerable.Range(1, 1000).Select(i => (long)i).OrderBy(i => i + random.Next(40)))
        {
            unseen.See(id);
            seen.Add(id);

            var missing = Enumerable.Range(1, (int)unseen.Through).Select(i => (long)i).Where(i => !seen.Contains(i));
            Assert.That(Ids(unseen.ToString()), Is.EqualTo(missing));
        }
        Assert.That((unseen.First, unseen.Through), Is.EqualTo((1001L, 1000L)));
    }

    static IEnumerable<long> Ids(string ranges) =>
        ranges.Trim('{', '}').Split("],", StringSplitOptions.RemoveEmptyEntries).Select(r => r.Trim('[', ']').Split(',').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray())
            .SelectMany(r => Enumerable.Range(0, (int)(r[1] - r[0]) + 1).Select(i => r[0] + i));
}
