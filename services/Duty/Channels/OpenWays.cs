using Npgsql;

namespace Hotline.Duty.Channels;

/// <summary>Which ways out pages may take at an instant, besides what is configured.</summary>
/// <param name="Exercises">Whether exercises may use real channels now.</param>
/// <param name="Off">Gateways that an administrator took out of use.</param>
sealed record OpenWays(bool Exercises, IReadOnlySet<string> Off)
{
    public static OpenWays None { get; } = new(false, new HashSet<string>());

    public static async Task<OpenWays> ReadAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        return await ReadAsync(connection, cancel);
    }

    public static async Task<OpenWays> ReadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select coalesce((select enabled_until > hotline_now() from exercise_channels), false), array(select gateway from gateway_switches)", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new OpenWays(reader.GetBoolean(0), reader.GetFieldValue<string[]>(1).ToHashSet());
    }
}
