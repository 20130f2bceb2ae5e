using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Hotline.Duty.Channels;

/// <summary>What stands around every call to a provider: one more try, a breaker, a limit on each try.</summary>
static class ChannelPipeline
{
    /// <summary>So long a provider may take. Two tries on two gateways end well inside a sender's lease.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static ResiliencePipeline Create(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.FromMilliseconds(200),
            UseJitter = true,
            // A breaker that is open, or an answer that says no, says the same to a second try.
            ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<IOException>().Handle<System.Net.Sockets.SocketException>().Handle<TimeoutRejectedException>(),
        })
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.8,
            MinimumThroughput = 5,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = TimeSpan.FromSeconds(10),
        })
        .AddTimeout(Limit)
        .Build();
}
