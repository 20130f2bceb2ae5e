using System.Net;
using Hotline.Testing;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Hosting.Tests.Http;

public sealed class When_servers_are_away
{
    RunningHotline hotline = null!;
    readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(60) };

    [OneTimeSetUp]
    public async Task Start() => hotline = await SharedHotline.GetAsync();

    [OneTimeTearDown]
    public void Stop() => http.Dispose();

    [Test]
    public async Task Should_be_ready_but_degraded_without_the_broker()
    {
        var broker = (await TestServers.StartAsync()).RabbitMq;
        Assume.That(broker, Is.Not.Null, "only a broker of our own is stopped");
        await broker!.StopAsync();
        try
        {
            var ready = await Eventually.GetAsync("the absence is noticed", () => GetAsync("/health/ready"), a => a.Text.Contains("degraded", StringComparison.Ordinal));

            Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await GetAsync("/health/live")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
        finally
        {
            await broker.StartAsync();
        }
        await Eventually.GetAsync("the broker is back", () => GetAsync("/health/ready"), a => a.Text.Contains("\"status\":\"healthy\"", StringComparison.Ordinal));
    }

    [Test]
    public async Task Should_not_be_ready_without_the_database_and_say_so_to_requests()
    {
        var operators = await hotline.AsOperator();
        var database = (await TestServers.StartAsync()).Postgres;
        Assume.That(database, Is.Not.Null, "only a database of our own is stopped");
        await database!.StopAsync();
        try
        {
            var ready = await GetAsync("/health/ready");
            var live = await GetAsync("/health/live");
            var refused = await operators.GetAsync("calls");

            Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(live.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "unavailable")));
        }
        finally
        {
            await database.StartAsync();
        }
        await Eventually.GetAsync("the database is back", () => GetAsync("/health/ready"), a => a.Status == HttpStatusCode.OK);
    }

    [Test]
    public async Task Should_measure_in_Prometheus_text()
    {
        using var answer = await http.GetAsync(new Uri(hotline.Hosts["intake"].Url, "/metrics"));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
        Assert.That(text, Does.Contain("# TYPE http_server_request_duration_seconds histogram"));
        Assert.That(text, Does.Not.Match("[0-9a-f]{8}-[0-9a-f]{4}-7"), "no ids");
    }

    async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var answer = await http.GetAsync(new Uri(hotline.Hosts["intake"].Url, path));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
