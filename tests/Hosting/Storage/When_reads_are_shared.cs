using Hotline.Hosting.Storage;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Storage;

public class When_reads_are_shared
{
    [Test]
    public async Task Should_answer_those_who_came_meanwhile_with_one_query()
    {
        var running = new TaskCompletionSource();
        var queries = new List<int[]>();
        var reads = new SharedReads<int, string>(async asked =>
        {
            queries.Add([.. asked]);
            await running.Task;
            return asked.Where(n => n != 3).ToDictionary(n => n, n => $"answer {n}");
        });

        var first = reads.AskAsync(1, default);
        var others = new[] { reads.AskAsync(2, default), reads.AskAsync(3, default), reads.AskAsync(2, default) };
        running.SetResult();
        var answers = await Task.WhenAll([first, .. others]);

        Assert.That(answers, Is.EqualTo(new[] { "answer 1", "answer 2", null, "answer 2" }));
        Assert.That(queries, Is.EqualTo(new[] { new[] { 1 }, [2, 3] }));
    }

    [Test]
    public async Task Should_answer_questions_that_are_asked_together_in_one_query()
    {
        var queries = new List<int[]>();
        var reads = new SharedReads<int, string>(asked =>
        {
            queries.Add([.. asked]);
            return Task.FromResult<IReadOnlyDictionary<int, string>>(asked.Where(n => n != 3).ToDictionary(n => n, n => $"answer {n}"));
        });

        Assert.That(await reads.AskAsync([2, 3, 1, 2], default), Is.EqualTo(new[] { "answer 2", null, "answer 1", "answer 2" }));
        Assert.That(await reads.AskAsync([], default), Is.Empty);
        Assert.That(queries[0], Is.EqualTo(new[] { 2, 3, 1 }));
    }

    [Test]
    public async Task Should_never_answer_from_a_query_that_began_before_the_question()
    {
        var state = "before";
        var running = new TaskCompletionSource();
        var reads = new SharedReads<int, string>(async asked =>
        {
            var seen = state;
            await running.Task;
            return asked.ToDictionary(n => n, _ => seen);
        });

        var early = reads.AskAsync(1, default);
        state = "after";
        var late = reads.AskAsync(1, default);
        running.SetResult();

        Assert.That((await early, await late), Is.EqualTo(("before", "after")));
    }

    [Test]
    public async Task Should_hand_a_failure_to_those_who_asked_and_go_on()
    {
        var failing = true;
        var reads = new SharedReads<int, string>(asked => failing
            ? Task.FromException<IReadOnlyDictionary<int, string>>(new TimeoutException())
            : Task.FromResult<IReadOnlyDictionary<int, string>>(asked.ToDictionary(n => n, n => $"answer {n}")));

        Assert.That(async () => await reads.AskAsync(1, default), Throws.InstanceOf<TimeoutException>());
        failing = false;

        Assert.That(await reads.AskAsync(1, default), Is.EqualTo("answer 1"));
    }
}
