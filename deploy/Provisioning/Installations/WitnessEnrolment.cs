using Hotline.Hosting.Audit;
using Hotline.Transparency;
using Npgsql;

namespace Hotline.Provisioning.Installations;

/// <summary>A person lets a witness begin anew that lost its memory of a log.</summary>
public static class WitnessEnrolment
{
    /// <summary>Takes the log's newest checkpoint: the cosigned one, or where this witness is needed for a quorum, the last one signed.</summary>
    /// <returns>The checkpoint, to be compared with what other witnesses hold.</returns>
    /// <exception cref="ProvisioningException">The log has no checkpoint.</exception>
    public static async Task<string> EnrolAsync(Installation installation, string witness, string party, CancellationToken cancellation = default)
    {
        await using var access = new AuditAccess(installation, party);
        await using var log = await access.Database.OpenConnectionAsync(cancellation);
        var now = await installation.NowAsync(cancellation);
        var note = access.Directory.PolicyOf(party) is { } policy && await CosignedHead.FindAsync(log, policy, now, cancellation) is { } cosigned
            ? cosigned : (await Checkpoints.LastAsync(log, cancellation))?.Note;
        if (note is null || Checkpoint.TryParse(note.Text) is not { } head) throw new ProvisioningException($"The log of {party} has no checkpoint yet.");
        await using var connection = new NpgsqlConnection(installation.Parties[witness].Databases.Owner + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Enrolment.Head(head, note.ToString(), now, $"command-line/{Environment.UserName}"));
        batch.BatchCommands.Add(new AuditRecord { Kind = "witness.enrolled", At = now, Actor = $"command-line/{Environment.UserName}", Code = head.Origin }.Insert());
        await batch.ExecuteNonQueryAsync(cancellation);
        return note.ToString();
    }
}
