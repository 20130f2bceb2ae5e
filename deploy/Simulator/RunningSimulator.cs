namespace Hotline.Simulator;

/// <summary>
/// Phones and an inbox for exercises and tests: two gateways and a mail server on loopback that reach nobody. Its page
/// shows what each phone got.
/// </summary>
public sealed class RunningSimulator : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Gateways gateways;
    readonly CancellationTokenSource stop = new();
    readonly Task mail;

    RunningSimulator(WebApplication app, Gateways gateways, Devices devices, SimulatorSettings settings)
    {
        (this.app, this.gateways, Devices) = (app, gateways, devices);
        mail = new MailServer(devices).RunAsync(settings.SmtpPort, stop.Token);
    }

    public Devices Devices { get; }

    public void Behave(string gateway, Behaviour behaviour) => gateways.Behave(gateway, behaviour);

    /// <summary>The called person presses a key; returns what the service says to that.</summary>
    public Task<string> PressAsync(PhoneMessage message, string key) => gateways.PressAsync(message, key);

    public static async Task<RunningSimulator> StartAsync(SimulatorSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(settings.Url);
        var devices = new Devices(TimeProvider.System);
        var gateways = new Gateways(settings, devices, TimeProvider.System);
        var app = builder.Build();
        app.MapPost("/{gateway}/v1/messages", (string gateway, HttpContext http) => gateways.TakeAsync(gateway, http));
        app.MapPut("/{gateway}/behaviour/{behaviour}", (string gateway, Behaviour behaviour) => gateways.Behave(gateway, behaviour));
        app.MapGet("/messages", () => devices.Messages);
        app.MapGet("/mails", () => devices.Mails);
        app.MapPost("/messages/{number:int}/keys/{key}", async (int number, string key) =>
            devices.Messages.FirstOrDefault(m => m.Number == number) is { } message ? Results.Text(await gateways.PressAsync(message, key)) : Results.NotFound());
        app.MapGet("/health/ready", () => "ok");
        app.MapGet("/", () => Results.Content(DevicesPage.Write(devices), "text/html; charset=utf-8"));
        await app.StartAsync();
        return new RunningSimulator(app, gateways, devices, settings);
    }

    /// <summary>Until the process is told to stop.</summary>
    public Task EndAsync() => app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await app.DisposeAsync();
        gateways.Dispose();
        await mail.ContinueWith(_ => { }, TaskScheduler.Default);
        stop.Dispose();
    }
}
