using System.Globalization;
using Hotline.Duty.Escalations;
using Hotline.Duty.Roster;
using Hotline.Duty.Tests.Desks;
using Hotline.Testing.Running;
using NUnit.Framework;

namespace Hotline.Duty.Tests.Escalations;

/// <summary>
/// Referrals at any hour of 2027: nights, weekends, holidays, Tet, and officers who are away without notice. 200 by
/// default, 2,000 with HOTLINE_TEST_SCALE=10.
/// </summary>
public sealed class When_a_year_passes
{
    static readonly string[] Units = ["01", "04", "central"];

    PoliceDesk desk = null!;

    [OneTimeSetUp]
    public async Task Open() => desk = await PoliceDesk.OpenAsync();

    [OneTimeTearDown]
    public async Task Close() => await desk.DisposeAsync();

    [Test, Category(Scale.Category)]
    public async Task Should_leave_no_referral_without_somebody_paged_in_time_or_an_alarm_for_the_hotline()
    {
        var seed = Scale.Seed();
        var random = new Random(seed);
        var officers = await ManAsync();
        var node = desk.Node();

        var (silent, nobody) = (new List<string>(), 0);
        foreach (var at in Instants(random))
        {
            await desk.ForwardToAsync(at);
            await GoAndComeAsync(officers, random);
            var subject = await desk.OpenEscalationAsync($"P{random.Next(4)}", Units[random.Next(Units.Length)]);
            await node.WorkAsync();
            var paged = await desk.ScalarAsync<long>(
                """
                select count(*) from page_attempts p join escalations e on e.id = p.escalation_id join accounts a on a.id = p.target_id
                where e.subject_id = $1 and p.channel in ('console', 'email', 'sms', 'voice') and a.disabled_at is null and p.created_at <= e.started_at + interval '60 seconds'
                """, subject);
            var alarmed = await desk.ScalarAsync<bool>("select exists (select from alarms where referral_id = $1 and code = 'escalation.nobody-on-duty')", subject);
            if (paged == 0 && !alarmed)
                silent.Add(at);
            nobody += alarmed ? 1 : 0;
            await desk.HappenAsync(subject, new EscalationEvent.Ended());
        }

        await TestContext.Out.WriteLineAsync($"{Count} referrals, {nobody} of them while everybody was away");
        Assert.That(silent, Is.Empty, $"HOTLINE_TEST_SEED={seed}");
    }

    static int Count => Scale.Of(200);

    /// <summary>Local times in Ha Noi, in order; every tenth in the days around Tet (6 February 2027).</summary>
    static IEnumerable<string> Instants(Random random)
    {
        var year = new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
        return Enumerable.Range(0, Count)
            .Select(n => n % 10 == 0 ? year.AddDays(33 + random.Next(10)).AddMinutes(random.Next(1440)) : year.AddMinutes(random.Next(365 * 1440)))
            .Order().Select(at => at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
    }

    /// <summary>Ha Noi in office hours, Cao Bang weekly, the national desk always, by turns.</summary>
    async Task<IReadOnlyList<string>> ManAsync()
    {
        var officers = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var (name, phone) = Roll.Next("nam");
            await desk.OfficerAsync(name, $"sms:{phone}", $"email:{name}@police.example");
            officers.Add(name);
        }
        await desk.WriteRosterAsync(Desk("01", new Rotation { Every = Rotation.Daily, On = ["office-hours"], Officers = officers[..2] }));
        await desk.WriteRosterAsync(Desk("04", new Rotation { Every = Rotation.Weekly, Officers = officers[2..4] }));
        await desk.WriteRosterAsync(Desk("central", new Rotation { Every = Rotation.Daily, Officers = officers[4..] }));
        return officers;
    }

    static UnitRoster Desk(string unit, Rotation rotation) => new()
    {
        Unit = unit,
        Name = unit,
        TimeZone = "Asia/Ho_Chi_Minh",
        Staffed = UnitRoster.Always,
        Layers = [new Layer { Name = "primary", Rotations = [rotation with { Name = unit, StartsOn = new DateOnly(2026, 1, 5), HandOverAt = "08:00" }] }],
    };

    /// <summary>Somebody is away all of a sudden, and somebody is back.</summary>
    async Task GoAndComeAsync(IReadOnlyList<string> officers, Random random)
    {
        await desk.ExecuteAsync("update accounts set disabled_at = hotline_now() where user_name = $1", officers[random.Next(officers.Count)]);
        foreach (var _ in Enumerable.Range(0, 2))
            await desk.ExecuteAsync("update accounts set disabled_at = null where user_name = $1", officers[random.Next(officers.Count)]);
    }
}
