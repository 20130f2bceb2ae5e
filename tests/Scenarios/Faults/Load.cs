using System.Collections.Concurrent;
using Hotline.Testing.Actors;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>
/// Operators who go on referring whatever happens to the servers. A request that fails is made again with the same
/// idempotency key, as a console would, until there is an answer.
/// </summary>
sealed class Load : IAsyncDisposable
{
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentBag<Guid> answered = [];
    readonly List<Task> working;
    int number;

    public Load(IReadOnlyList<Actor> operators, IReadOnlyList<string> agencies, int atOnce) =>
        working = [.. Enumerable.Range(0, atOnce).Select(i => Task.Run(() => WorkAsync(operators[i % operators.Count], agencies)))];

    /// <summary>Referrals that were answered 201.</summary>
    public IReadOnlyCollection<Guid> Answered => answered;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(working);
        stop.Dispose();
    }

    async Task WorkAsync(Actor by, IReadOnlyList<string> agencies)
    {
        while (!stop.IsCancellationRequested)
        {
            var at = Interlocked.Increment(ref number);
            var (_, caseId) = await UntilAnsweredAsync(() => by.OpenCaseAsync());
            var key = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMinutes(at));
            var answer = await UntilAnsweredAsync(async () => (await by.ReferAsync(caseId, agencies[at % agencies.Count], idempotencyKey: key)).Good());
            answered.Add(answer.Id);
        }
    }

    static async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> ask)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ask();
            }
            catch (Exception failed) when (failed is HttpRequestException or TaskCanceledException or IOException || failed is InvalidOperationException && failed.Message.StartsWith('5'))
            {
                // Somebody is being killed.
                if (tries > 600)
                    throw;
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }
}
