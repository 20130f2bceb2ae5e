namespace Hotline.Hosting.Storage;

/// <summary>
/// Lets questions that are asked while a query runs share the next one: under load one round trip answers many, alone
/// nobody waits. Must stay true: an answer comes from a query that began after its question was asked, so that nothing
/// is answered from before. Nothing is remembered.
/// </summary>
/// <param name="query">Answers many at once; what it does not name has no answer.</param>
public sealed class SharedReads<TQuestion, TAnswer>(Func<IReadOnlyList<TQuestion>, Task<IReadOnlyDictionary<TQuestion, TAnswer>>> query)
    where TQuestion : notnull where TAnswer : class
{
    /// <summary>Questions; who asks many at once is answered at once all the same.</summary>
    const int MostTogether = 64;

    readonly Lock turn = new();
    readonly Queue<Asking> waiting = new();
    bool running;

    sealed record Asking(IReadOnlyList<TQuestion> Questions, TaskCompletionSource<TAnswer?[]> Answers);

    /// <summary>The answer, or null where there is none.</summary>
    public async Task<TAnswer?> AskAsync(TQuestion question, CancellationToken cancel) => (await AskAsync([question], cancel))[0];

    /// <summary>The answers in the order of the questions, all from one query; null where there is none.</summary>
    public Task<TAnswer?[]> AskAsync(IReadOnlyList<TQuestion> questions, CancellationToken cancel)
    {
        var asking = new Asking(questions, new TaskCompletionSource<TAnswer?[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        bool first;
        lock (turn)
        {
            waiting.Enqueue(asking);
            first = !running;
            running = true;
        }
        if (first)
            _ = RunAsync();
        return cancel.CanBeCanceled ? asking.Answers.Task.WaitAsync(cancel) : asking.Answers.Task;
    }

    async Task RunAsync()
    {
        while (true)
        {
            var together = Next();
            if (together.Count == 0)
                return;
            await AnswerAsync(together);
        }
    }

    async Task AnswerAsync(List<Asking> together)
    {
        try
        {
            var answers = await query([.. together.SelectMany(t => t.Questions).Distinct()]);
            foreach (var asking in together)
                asking.Answers.TrySetResult([.. asking.Questions.Select(q => answers.GetValueOrDefault(q))]);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // It is theirs who asked.
            foreach (var asking in together)
                asking.Answers.TrySetException(failure);
        }
    }

    List<Asking> Next()
    {
        var together = new List<Asking>();
        var questions = 0;
        lock (turn)
        {
            while (questions < MostTogether && waiting.TryDequeue(out var asking))
            {
                together.Add(asking);
                questions += asking.Questions.Count;
            }
            running = together.Count > 0;
        }
        return together;
    }
}
