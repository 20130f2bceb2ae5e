using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hotline.Hosting.Messages;

/// <summary>
/// Takes the place of MassTransit's error queue, which would put host names and stack traces beside the message.
/// What the consumer cannot even begin with is parked in the database as it came.
/// </summary>
sealed class ParkPoison(IServiceProvider services) : IFilter<ExceptionReceiveContext>
{
    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var log = services.GetRequiredService<ILogger<ParkPoison>>();
        if (context.Exception is OperationCanceledException)
            throw context.Exception; // stopping: the broker gives the message to the next
        log.LogError("A message could not be taken and is parked: {Problem}", context.Exception.GetBaseException().GetType().Name);
        await services.GetRequiredService<Receiver>().ParkForeignAsync(context.Body.GetBytes(), context.CancellationToken);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("park-poison");
}
