namespace Hotline.Hosting.Storage;

/// <summary>
/// Lets questions that are asked while a query runs share the next one: under load one round trip answers many, alone
/// nobody waits. Must stay true: an answer comes from a query that began after its question was asked, so that nothing
/// is answered from before. Nothing is remembered.
/// </summary>
/// <param name="query">Answers many at once; what it does not name has no answer.</param>
public sealed class SharedReads<TQuestion, TAnswer>(Func<IReadOnlyList<TQuestion>, Task<IReadOnlyDictionary<TQuestion, TAnswer>>> query, TimeProvider time)
    where TQuestion : notnull where TAnswer : class
{
    const int MostTogether = 64;

    readonly Gathering gathering = new(time);
    readonly Lock turn = new();
    readonly Queue<(TQuestion Question, TaskCompletionSource<TAnswer?> Answer)> waiting = new();
    bool running;

    /// <summary>The answer, or null where there is none.</summary>
    public Task<TAnswer?> AskAsync(TQuestion question, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<TAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool first;
        lock (turn)
        {
            waiting.Enqueue((question, answer));
            first = !running;
            running = true;
        }
        if (first)
            _ = RunAsync();
        return cancel.CanBeCanceled ? answer.Task.WaitAsync(cancel) : answer.Task;
    }

    async Task RunAsync()
    {
        while (true)
        {
            await gathering.WaitAsync();
            var together = Next();
            gathering.Came(together.Count);
            if (together.Count == 0)
                return;
            await AnswerAsync(together);
        }
    }

    async Task AnswerAsync(List<(TQuestion Question, TaskCompletionSource<TAnswer?> Answer)> together)
    {
        try
        {
            var answers = await query([.. together.Select(t => t.Question).Distinct()]);
            foreach (var (question, answer) in together)
                answer.TrySetResult(answers.GetValueOrDefault(question));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // It is theirs who asked.
            foreach (var (_, answer) in together)
                answer.TrySetException(failure);
        }
    }

    List<(TQuestion Question, TaskCompletionSource<TAnswer?> Answer)> Next()
    {
        var together = new List<(TQuestion, TaskCompletionSource<TAnswer?>)>();
        lock (turn)
        {
            while (together.Count < MostTogether && waiting.TryDequeue(out var one))
                together.Add(one);
            running = together.Count > 0;
        }
        return together;
    }
}
