using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;

namespace Hotline.Provisioning.Servers;

/// <summary>A PostgreSQL server and its administrator.</summary>
public sealed record DatabaseServer(string Host, int Port, string UserName, string Password)
{
    /// <summary>Npgsql connection string of the administrator for one database.</summary>
    public string ConnectionString(string database = "postgres") => ConnectionString(database, UserName, Password);

    /// <summary>Npgsql connection string of some role for one database.</summary>
    public string ConnectionString(string database, string role, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Database = database,
        Username = role,
        Password = password,
        // Values of failed rows must not reach a log through an exception's text.
        IncludeErrorDetail = false,
    }.ConnectionString;

    /// <summary>Whether the server is up and lets its administrator in. One that is down refuses at once; one that is busy may take a while.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancellation = default)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString() + ";Pooling=false;Timeout=15");
            await connection.OpenAsync(cancellation);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Reads the value of <c>HOTLINE_POSTGRES</c>: <c>postgres://user:password@host:port</c> or an Npgsql connection string.</summary>
    /// <exception cref="ProvisioningException">It is neither.</exception>
    public static DatabaseServer Parse(string address)
    {
        try
        {
            if (address.StartsWith("postgres", StringComparison.Ordinal) && Uri.TryCreate(address, UriKind.Absolute, out var uri))
            {
                var (user, password) = Credentials.Of(uri);
                return new DatabaseServer(uri.Host, uri.Port > 0 ? uri.Port : 5432, user, password);
            }
            var parts = new NpgsqlConnectionStringBuilder(address);
            return new DatabaseServer(parts.Host ?? "127.0.0.1", parts.Port, parts.Username ?? "postgres", parts.Password ?? "");
        }
        catch (ArgumentException failure)
        {
            throw new ProvisioningException("HOTLINE_POSTGRES must look like postgres://user:password@host:5432.", failure);
        }
    }
}

/// <summary>A RabbitMQ server, its administrator and its management interface.</summary>
public sealed record BrokerServer(string Host, int Port, string UserName, string Password, Uri Management)
{
    /// <summary>AMQP address for a user on a virtual host.</summary>
    public string Address(string virtualHost, string user, string password) =>
        $"amqp://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@{Host}:{Port}/{Uri.EscapeDataString(virtualHost)}";

    /// <summary>
    /// Reads <c>HOTLINE_RABBITMQ</c> (<c>amqp://user:password@host:5672</c>) and <c>HOTLINE_RABBITMQ_MANAGEMENT</c>
    /// (<c>http://host:15672</c>, with its own credentials where they differ; without it, port 15672 of the same host).
    /// </summary>
    /// <exception cref="ProvisioningException">An address is malformed.</exception>
    public static BrokerServer Parse(string address, string? management)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "amqp")
            throw new ProvisioningException("HOTLINE_RABBITMQ must look like amqp://user:password@host:5672.");
        if (!Uri.TryCreate(management ?? $"http://{uri.Host}:15672", UriKind.Absolute, out var http) || !http.Scheme.StartsWith("http", StringComparison.Ordinal))
            throw new ProvisioningException("HOTLINE_RABBITMQ_MANAGEMENT must look like http://user:password@host:15672.");
        var (user, password) = Credentials.Of(http.UserInfo.Length > 0 ? http : uri);
        return new BrokerServer(uri.Host, uri.Port > 0 ? uri.Port : 5672, user, password, new UriBuilder(http) { UserName = "", Password = "" }.Uri);
    }
}

/// <summary>What <c>servers.json</c> (0600) says: addresses with administrators' credentials, and the ports to take again.</summary>
public sealed record ServerAddresses
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public required DatabaseServer Database { get; init; }

    public required BrokerServer Broker { get; init; }

    public static ServerAddresses? Read(string stateFolder)
    {
        var path = FileIn(stateFolder);
        return File.Exists(path) ? JsonSerializer.Deserialize<ServerAddresses>(File.ReadAllText(path), Json) : null;
    }

    public void Write(string stateFolder) => SecretFile.Write(FileIn(stateFolder), JsonSerializer.Serialize(this, Json));

    static string FileIn(string stateFolder) => Path.Combine(stateFolder, "servers.json");
}

static class Credentials
{
    public static (string User, string Password) Of(Uri address)
    {
        var parts = address.UserInfo.Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
