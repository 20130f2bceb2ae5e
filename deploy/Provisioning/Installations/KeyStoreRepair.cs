using Hotline.Hosting.Storage;

namespace Hotline.Provisioning.Installations;

/// <summary>Mends the copies of a party's key store while its service runs.</summary>
public static class KeyStoreRepair
{
    /// <summary>Makes a copy that is gone anew, and both alike.</summary>
    public static async Task<KeyRepairResult> RunAsync(Installation installation, string party, CancellationToken cancellation = default)
    {
        await installation.Parties[party].Databases.CreateAsync(cancellation);
        await using var store = installation.KeyStoreOf(party);
        return await new KeyRepair(store).RepairAsync(cancellation);
    }
}
