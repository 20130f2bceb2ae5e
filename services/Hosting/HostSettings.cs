using System.Text.Json;

namespace Hotline.Hosting;

/// <summary>
/// What a host is told at start: a JSON file (mode 0600) named by the environment variable <c>HOTLINE_CONFIG</c>,
/// written by <c>deploy/Provisioning</c>. Nothing here may change while the host runs.
/// </summary>
public sealed record HostSettings
{
    /// <summary><c>intake</c> or an agency, as in the key directory.</summary>
    public required string Party { get; init; }

    /// <summary><c>production</c> or <c>exercise</c>: parties of different environments refuse each other.</summary>
    public required string Environment { get; init; }

    /// <summary>Where the host listens, for example <c>http://127.0.0.1:5080</c>.</summary>
    public required string Url { get; init; }

    /// <summary>Npgsql connection string of the application role.</summary>
    public required string Database { get; init; }

    /// <summary>Npgsql connection string of the store of wrapped data keys: a database of its own, with its own backup.</summary>
    public required string KeyStore { get; init; }

    /// <summary>Of the store's second copy: another database, best on another server.</summary>
    public required string KeyStoreCopy { get; init; }

    /// <summary>AMQP address with the party's own user.</summary>
    public required string Broker { get; init; }

    /// <summary>Folder of the party's private keys (JWK files and <c>storage.json</c>, mode 0600).</summary>
    public required string KeyFolder { get; init; }

    /// <summary>File of the signed key directory.</summary>
    public required string KeyDirectory { get; init; }

    /// <summary>File of the agency's profile; null at the hub.</summary>
    public string? Profile { get; init; }

    /// <summary>The number that people call: configuration, not a constant (domain.md).</summary>
    public string HotlineNumber { get; init; } = "18001567";

    /// <summary>OTLP endpoint for traces and metrics; null = none.</summary>
    public string? Otlp { get; init; }

    /// <summary>E-mail server and gateways for pages; null = pages reach consoles only.</summary>
    public ChannelSettings? Channels { get; init; }

    /// <summary>Reads the settings of this process.</summary>
    /// <exception cref="InvalidOperationException">HOTLINE_CONFIG names no file of settings.</exception>
    public static HostSettings Load()
    {
        var path = System.Environment.GetEnvironmentVariable("HOTLINE_CONFIG")
            ?? throw new InvalidOperationException("HOTLINE_CONFIG does not name the file of settings; see README.md.");
        return JsonSerializer.Deserialize<HostSettings>(File.ReadAllBytes(path), Json)
            ?? throw new InvalidOperationException("The file of settings is empty.");
    }

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };
}
