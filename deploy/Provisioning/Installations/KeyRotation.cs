// A party's new transport keys, while everything runs. What must stay true: nobody uses a key that others may not know
// yet: it is published first, and taken into use when the parties have had time to hear of it.
using System.Diagnostics;
using Hotline.Sealing;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>Rotation of one party's signing and encryption key (protocol.md, "Keys").</summary>
public static class KeyRotation
{
    /// <summary>Hosts look at the directory every two seconds; messages on their way add to that.</summary>
    public static readonly TimeSpan StandardGrace = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Publishes new keys, waits until every party's database holds that version of the directory (at most
    /// <paramref name="grace"/>: a party that is away asks when it meets an unknown key), takes them into use.
    /// </summary>
    /// <exception cref="SealingException"><c>unknown-party</c>.</exception>
    public static async Task<KeyDirectory> RotateAsync(
        Installation installation, string party, TimeSpan grace, CancellationToken cancellation = default)
    {
        var plan = installation.Plan;
        var author = DirectoryAuthor.Open(plan.KeyFolder);
        if (!author.Current.Parties.Contains(party)) throw new SealingException(SealingCodes.UnknownParty, party);
        var published = author.PublishKeys(party, Path.Combine(plan.KeyFolder, party), await installation.NowAsync(cancellation));
        HandOver.Directories(plan);
        plan.Tell($"Published as version {published.Version}; waiting until the parties have it ...");
        await WaitUntilKnownAsync(installation, published.Version, grace, cancellation);
        var active = author.Activate(party, await installation.NowAsync(cancellation));
        HandOver.Directories(plan);
        return active;
    }

    /// <summary>The same keys in a directory that is good for another year.</summary>
    public static async Task<KeyDirectory> RenewAsync(Installation installation, CancellationToken cancellation = default)
    {
        var renewed = DirectoryAuthor.Open(installation.Plan.KeyFolder).Renew(await installation.NowAsync(cancellation));
        HandOver.Directories(installation.Plan);
        return renewed;
    }

    static async Task WaitUntilKnownAsync(Installation installation, int version, TimeSpan grace, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < grace)
        {
            var known = await Task.WhenAll(installation.Parties.Values.Select(party => KnowsAsync(party, version, cancellation)));
            if (known.All(knows => knows)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(250), cancellation);
        }
    }

    static async Task<bool> KnowsAsync(InstalledParty party, int version, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(party.Databases.Application);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("select 1 from key_directories where version >= $1", connection) { Parameters = { new() { Value = version } } };
        return await command.ExecuteScalarAsync(cancellation) is not null;
    }
}
