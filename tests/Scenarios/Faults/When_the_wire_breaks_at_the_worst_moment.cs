using System.Text.Json.Nodes;
using Hotline.Testing;
using Hotline.Testing.Actors;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Scenarios.Tests.Faults;

/// <summary>A process dies, or a line is cut, between two steps that belong together.</summary>
public sealed class When_the_wire_breaks_at_the_worst_moment
{
    BrokerProxy proxy = null!;
    RunningHotline hotline = null!;
    Actor operators = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        var servers = await TestServers.StartAsync();
        proxy = new BrokerProxy(servers.Addresses.Broker.Port);
        hotline = await RunningHotline.StartAsync(proxy.Through, "police");
        operators = await hotline.AsOperator();
        await operators.SeesStateAsync(await operators.ReferNewAsync("police"), "delivered");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await hotline.DisposeAsync();
        await proxy.DisposeAsync();
    }

    [TearDown]
    public void Mend()
    {
        proxy.Release();
        proxy.Mend();
    }

    [Test]
    public async Task Should_publish_what_was_committed_before_the_hub_died()
    {
        proxy.Hold("intake", Lane.Publishing, Flow.ToBroker);
        var referral = await operators.ReferNewAsync("police");

        await DiesAndComesBackAsync("intake");

        await operators.SeesStateAsync(referral, "delivered");
        await EndsOnceAsync(referral);
    }

    [Test]
    public async Task Should_publish_at_the_other_node_what_was_committed_before_the_first_died()
    {
        var other = await hotline.StartFurtherNodeAsync("intake");
        proxy.Hold("intake", Lane.Publishing, Flow.ToBroker);
        var referral = await operators.ReferNewAsync("police");
        var bodiless = await hotline.ScalarAsync<bool>("intake", "select body is null from outbox where referral_id = $1", referral);

        hotline.Hosts["intake"].Kill();
        proxy.CutOnce("intake");
        proxy.Release();

        using (var elsewhere = new Actor(other.Url, operators.Token))
            await elsewhere.SeesStateAsync(referral, "delivered");
        await hotline.Hosts["intake"].StartAsync();
        await other.StopAsync();
        await EndsOnceAsync(referral);
        Assert.That(bodiless, "only the node that died had the sealed body");
    }

    [Test]
    public async Task Should_take_a_message_once_whose_confirm_never_reached_the_hub()
    {
        var referral = await ReferUnconfirmedAsync();

        await DiesAndComesBackAsync("intake");

        await operators.SeesStateAsync(referral, "delivered");
        await EndsOnceAsync(referral);
    }

    [Test]
    public async Task Should_take_a_message_once_whose_acknowledgement_never_reached_the_broker()
    {
        proxy.Hold("police", Lane.Receiving, Flow.ToBroker);
        var referral = await operators.ReferNewAsync("police");
        await ArrivesAsync(referral);

        await DiesAndComesBackAsync("police");

        await operators.SeesStateAsync(referral, "delivered");
        await EndsOnceAsync(referral);
    }

    [Test]
    public async Task Should_send_the_receipt_that_was_committed_before_the_agency_died()
    {
        proxy.Hold("police", Lane.Publishing, Flow.ToBroker);
        var referral = await operators.ReferNewAsync("police");
        await ArrivesAsync(referral);

        await DiesAndComesBackAsync("police");

        await operators.SeesStateAsync(referral, "delivered");
        await EndsOnceAsync(referral);
        var asked = await hotline.ScalarAsync<int>("intake", "select attempts from sent_messages where referral_id = $1 and kind = 'referral.sent'", referral);
        Assert.That(asked, Is.Zero, "the hub did not have to send the referral again");
    }

    [Test]
    public async Task Should_go_on_when_a_connection_is_cut_and_nobody_dies()
    {
        var referral = await ReferUnconfirmedAsync(() => proxy.Hold("police", Lane.Receiving, Flow.ToBroker));

        proxy.CutOnce("intake");
        proxy.CutOnce("police");
        proxy.Release();

        await operators.SeesStateAsync(referral, "delivered");
        await EndsOnceAsync(referral);
    }

    [Test]
    public async Task Should_take_back_at_the_agency_what_was_withdrawn_while_its_confirm_was_lost()
    {
        var referral = await ReferUnconfirmedAsync(() => proxy.Hold("police", Lane.Publishing, Flow.ToBroker));
        proxy.Cut("intake", Lane.Publishing);
        await RelayPausesAsync(referral);

        // The hub cannot know that it has arrived: the row is still in its outbox, so it is taken back as never sent.
        var answer = (await operators.PostAsync($"referrals/{referral}/revoke", new JsonObject { ["reason"] = "Nhầm." })).Good();
        proxy.Release();
        proxy.Mend();

        await Eventually.IsTrueAsync("the agency has revoked it", async () =>
            await hotline.ScalarAsync<string>("police", "select state from referrals where id = $1", referral) == "revoked");
        await operators.SeesStateAsync(referral, "revoked");
        await hotline.SettlesAsync("police");
        Assert.That(answer.State, Is.EqualTo("revoked"));
        Assert.That((await operators.GetAsync($"referrals/{referral}")).Good().State, Is.EqualTo("revoked"));
    }

    /// <summary>What it was about to say on the wire is lost with it.</summary>
    async Task DiesAndComesBackAsync(string party)
    {
        hotline.Hosts[party].Kill();
        proxy.CutOnce(party);
        proxy.Release();
        await hotline.Hosts[party].StartAsync();
    }

    /// <summary>
    /// A referral that has arrived while its confirm is held back. Where the relay was waiting for the confirm of something
    /// else just then, the referral cannot leave: once more, with another.
    /// </summary>
    async Task<Guid> ReferUnconfirmedAsync(Action? holdMore = null)
    {
        for (var tries = 1; ; tries++)
        {
            proxy.Hold("intake", Lane.Publishing, Flow.FromBroker);
            holdMore?.Invoke();
            var referral = await operators.ReferNewAsync("police");
            try
            {
                await ArrivesAsync(referral, TimeSpan.FromSeconds(4));
                return referral;
            }
            catch (AssertionException) when (tries < 10)
            {
                proxy.Release();
                await operators.SeesStateAsync(referral, "delivered");
            }
        }
    }

    Task ArrivesAsync(Guid referral, TimeSpan? patience = null) => Eventually.IsTrueAsync("the agency has it", async () =>
        await hotline.ScalarAsync<long>("police", "select count(*) from inbox where referral_id = $1", referral) == 1, patience);

    /// <summary>The relay waits some seconds after several failures, and holds no row meanwhile.</summary>
    async Task RelayPausesAsync(Guid referral)
    {
        var free = 0;
        await Eventually.IsTrueAsync("the relay is in a long pause", async () =>
        {
            var id = await hotline.ScalarAsync<long>("intake", "select id from outbox where referral_id = $1 for update skip locked", referral);
            free = id > 0 ? free + 1 : 0;
            return free == 20;
        });
    }

    async Task EndsOnceAsync(Guid referral)
    {
        await hotline.SettlesAsync("police");
        await hotline.IsOnceAsync("police", [referral]);
        await hotline.NothingIsParkedAsync();
    }
}
