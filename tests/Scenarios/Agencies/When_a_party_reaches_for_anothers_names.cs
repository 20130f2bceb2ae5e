using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;
using RabbitMQ.Client;

namespace Hotline.Scenarios.Tests.Agencies;

/// <summary>The broker itself keeps the agencies apart: whoever has the police's broker user has nothing of the others'.</summary>
public sealed class When_a_party_reaches_for_anothers_names
{
    const int AccessRefused = 403;

    RunningHotline hotline = null!;
    PartyVoice police = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        hotline = await RunningHotline.PrepareAsync(plan => plan, "police", "border-guard");
        police = await PartyVoice.OfAsync(hotline.Installation, "police");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await police.DisposeAsync();
        await hotline.DisposeAsync();
    }

    static readonly Dictionary<string, Func<IChannel, Task>> Reaches = new()
    {
        ["read another's inbox"] = c => c.BasicGetAsync("border-guard.inbox", autoAck: false),
        ["consume another's inbox"] = c => c.BasicConsumeAsync("border-guard.inbox", autoAck: false, new AsyncDefaultBasicConsumer(c)),
        ["read the hub's inbox"] = c => c.BasicGetAsync("intake.inbox", autoAck: false),
        ["read another's dead letters"] = c => c.BasicGetAsync("border-guard.dead", autoAck: false),
        ["write to another agency"] = c => c.BasicPublishAsync("border-guard.inbox", "", mandatory: true, new BasicProperties(), new byte[1]).AsTask(),
        ["write past the exchanges"] = c => c.BasicPublishAsync("", "border-guard.inbox", mandatory: true, new BasicProperties(), new byte[1]).AsTask(),
        ["write to another's dead letters"] = c => c.BasicPublishAsync("border-guard.dead", "", mandatory: true, new BasicProperties(), new byte[1]).AsTask(),
        ["declare a queue of another's name"] = c => c.QueueDeclareAsync("border-guard.copy", durable: true, exclusive: false, autoDelete: false),
        ["declare an exchange of another's name"] = c => c.ExchangeDeclareAsync("border-guard.copy", "fanout", durable: true),
        ["declare a name of nobody"] = c => c.QueueDeclareAsync("somebody", durable: true, exclusive: false, autoDelete: false),
        ["declare a queue that only begins alike"] = c => c.QueueDeclareAsync("police-2.inbox", durable: true, exclusive: false, autoDelete: false),
        ["bind its own queue to another's exchange"] = c => c.QueueBindAsync("police.inbox", "border-guard.inbox", ""),
        ["bind its own queue to the hub's exchange"] = c => c.QueueBindAsync("police.inbox", "intake.inbox", ""),
        ["bind another's exchange to its own"] = c => c.ExchangeBindAsync("police.inbox", "border-guard.inbox", ""),
        ["unbind another's queue"] = c => c.QueueUnbindAsync("border-guard.inbox", "border-guard.inbox", ""),
        ["purge another's queue"] = c => c.QueuePurgeAsync("border-guard.inbox"),
        ["delete another's queue"] = c => c.QueueDeleteAsync("border-guard.inbox"),
        ["delete another's exchange"] = c => c.ExchangeDeleteAsync("border-guard.inbox"),
        ["delete the hub's queue"] = c => c.QueueDeleteAsync("intake.inbox"),
    };

    static IEnumerable<string> Names() => Reaches.Keys;

    [TestCaseSource(nameof(Names))]
    public async Task Should_be_refused(string reach)
    {
        var code = await police.TryAsync(Reaches[reach]);

        Assert.That(code, Is.EqualTo(AccessRefused));
    }

    [Test]
    public async Task Should_be_let_into_its_own_inbox_and_write_to_the_hub()
    {
        var read = await police.TryAsync(c => c.BasicGetAsync("police.inbox", autoAck: false));
        var write = await police.TryAsync(c => c.BasicPublishAsync("intake.inbox", "", mandatory: true, new BasicProperties(), new byte[1]).AsTask());

        Assert.That((read, write), Is.EqualTo(((int?)null, (int?)null)));
    }
}
