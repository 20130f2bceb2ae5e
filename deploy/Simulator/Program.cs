using System.Text.Json;
using Hotline.Simulator;

var settings = JsonSerializer.Deserialize<SimulatorSettings>(
    File.ReadAllBytes(Environment.GetEnvironmentVariable("HOTLINE_SIMULATOR") ?? throw new InvalidOperationException("HOTLINE_SIMULATOR does not name the file of settings.")),
    JsonSerializerOptions.Web)!;
await using var simulator = await RunningSimulator.StartAsync(settings);
await simulator.EndAsync();
