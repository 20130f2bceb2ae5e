using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Npgsql;

namespace Hotline.Intake.Consents;

/// <summary>
/// Looks every ten seconds for consent that ran out, and for agencies that have not confirmed a withdrawal within an hour: a
/// confirmation is chased like a referral.
/// </summary>
public sealed class ConsentRounds(NpgsqlDataSource database, ConsentEnd end, DatabaseClock clock, TimeProvider time, ILogger<ConsentRounds> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                await LookAsync(stop);
            }
            catch (Exception trouble) when (trouble is not OutOfMemoryException && !stop.IsCancellationRequested)
            {
                log.LogWarning("Consents wait: {Problem}", trouble.GetType().Name);
            }
        }
    }

    public async Task LookAsync(CancellationToken cancel)
    {
        foreach (var (caseId, agency) in await ReadAsync(
            """
            select distinct c.case_id, c.agency from consents c where c.ended_at is null and c.valid_until <= hotline_now()
              and not exists (select from consents o where o.case_id = c.case_id and o.agency = c.agency and o.ended_at is null
                and (o.valid_until is null or o.valid_until > hotline_now()))
            """, cancel))
            await end.WithdrawAsync(caseId, [agency], by: null, key: null, cancel);

        var now = await clock.NowAsync(cancel);
        var late = await ReadAsync(
            "select id, peer from referrals where consent_confirmed_at is null and consent_withdrawn_at < hotline_now() - interval '1 hour'", cancel);
        foreach (var chunk in late.Chunk(100))
        {
            await using var batch = database.CreateBatch();
            foreach (var (referral, agency) in chunk)
                batch.BatchCommands.Add(Alarm.Raise("consent.unconfirmed", agency, referral, null, now));
            await batch.ExecuteNonQueryAsync(cancel);
        }
    }

    async Task<List<(Guid Id, string Agency)>> ReadAsync(string query, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(query);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<(Guid, string)>();
        while (await reader.ReadAsync(cancel))
            rows.Add((reader.GetGuid(0), reader.GetString(1)));
        return rows;
    }
}
