using Hotline.Contracts;
using Hotline.Duty.Channels;
using Hotline.Duty.Escalations;
using Hotline.Duty.Ladders;
using Hotline.Duty.Roster;
using Hotline.Hosting;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Sealing;
using Hotline.Simulator;
using Hotline.Testing.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline.Duty.Tests.Desks;

/// <summary>
/// The database of an agency with a roster, and simulated phones, but no service: tests run the engine's turns by hand
/// and move the clock between them.
/// </summary>
sealed class PoliceDesk : IAsyncDisposable
{
    readonly RunningHotline hotline;
    readonly List<ServiceProvider> nodes = [];

    PoliceDesk(RunningHotline hotline) => this.hotline = hotline;

    public RunningSimulator Simulator => hotline.Simulator;

    /// <summary>Nobody is on duty yet.</summary>
    public static async Task<PoliceDesk> OpenAsync()
    {
        var desk = new PoliceDesk(await RunningHotline.PrepareAsync(plan => plan with { SimulateChannels = true }, "police"));
        await desk.ExecuteAsync("delete from rosters");
        await desk.ExecuteAsync("delete from duty_plans");
        return desk;
    }

    /// <summary>One more node on the same database: it shares nothing else with the others.</summary>
    public DeskNode Node() => Node(TimeProvider.System, hotline.Installation.Parties["police"].Settings);

    /// <summary>A node with other settings than the installation's.</summary>
    public DeskNode NodeWith(Func<HostSettings, HostSettings> adjust) => Node(TimeProvider.System, adjust(hotline.Installation.Parties["police"].Settings));

    /// <summary>A node whose own wall clock is wrong.</summary>
    public DeskNode NodeWithClock(TimeSpan off) => Node(new WrongClock(off), hotline.Installation.Parties["police"].Settings);

    /// <summary>A node whose directory has no key of the hub any more.</summary>
    public async Task<DeskNode> NodeWithoutKeyOfTheHubAsync()
    {
        var (author, file) = await DirectoryAsync(TimeSpan.Zero);
        author.Revoke(Parties.Hub, author.Current.KeysOf(Parties.Hub).First(key => key.Use == KeyUse.Encryption).Kid, await NowAsync());
        return NodeWithDirectory(file);
    }

    /// <summary>A key directory of its own, with the same keys, that was signed so long ago.</summary>
    public async Task<(DirectoryAuthor Author, string File)> DirectoryAsync(TimeSpan ago)
    {
        var (folder, signed) = (Path.Combine(hotline.Installation.Plan.StateFolder, $"directory-{Guid.CreateVersion7():N}"), await NowAsync() - ago);
        var author = DirectoryAuthor.Create(folder, "exercise", signed);
        foreach (var party in new[] { Parties.Hub, "police" })
            author.AddParty(party, hotline.Installation.Parties[party].Settings.KeyFolder, signed);
        return (author, Path.Combine(folder, DirectoryAuthor.DirectoryFile));
    }

    public DeskNode NodeWithDirectory(string file) => NodeWith(settings => settings with { KeyDirectory = file });

    DeskNode Node(TimeProvider time, HostSettings settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton(settings);
        services.AddSingleton(time);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton(_ => NpgsqlDataSource.Create(settings.Database));
        var storage = StorageKeys.Load(settings.KeyFolder);
        services.AddSingleton(storage);
        services.AddSingleton(_ => new KeyStore(NpgsqlDataSource.Create(settings.KeyStore), NpgsqlDataSource.Create(settings.KeyStoreCopy), storage));
        services.AddSingleton<DataKeys>();
        services.AddSingleton<DatabaseClock>();
        services.AddSingleton(Party.Of(settings));
        services.AddSingleton<PartyState>();
        var (keys, pin) = (PartyKeys.Load(settings.KeyFolder), DirectoryPin.Load(Path.Combine(Path.GetDirectoryName(settings.KeyDirectory)!, DirectoryAuthor.PinFile)));
        services.AddSingleton(keys);
        services.AddSingleton(pin);
        services.AddSingleton(new Envelope(settings.Party, keys, KeyDirectoryFile.Load(settings.KeyDirectory, pin)!));
        services.AddSingleton<KeyDirectories>();
        services.AddSingleton<InboxRush>();
        services.AddSingleton<OutboxBodies>();
        services.AddSingleton<CosignedHead>();
        services.AddSingleton<ClockSkew>();
        services.AddSingleton<DirectoryExpiry>();
        services.AddSingleton<Inventory>();
        services.AddSingleton<InventoryDaily>();
        services.AddSingleton<Post>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<OnDuty>();
        services.AddSingleton(new PagingParty("Công an"));
        services.AddSingleton(new WhenKeyPressed((_, _) => Task.FromResult(new KeyPressAnswer(false, null))));
        services.AddPaging();
        var provider = services.BuildServiceProvider();
        nodes.Add(provider);
        return new DeskNode(provider);
    }

    /// <summary>An officer with these contacts; an address begins with <c>sms:</c>, <c>voice:</c> or <c>email:</c>.</summary>
    public async Task<Guid> OfficerAsync(string userName, params string[] contacts)
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            "insert into accounts (id, user_name, alias, title, unit, roles, password_hash, totp_secret) values ($1, $2, $2, 'Cán bộ trực ban', 'central', array['dutyOfficer'], '', '')",
            id, userName);
        foreach (var contact in contacts)
            await ContactAsync(userName, contact);
        return id;
    }

    /// <summary>One more way to reach an officer, proved.</summary>
    public Task ContactAsync(string userName, string contact) => hotline.AddContactAsync("police", userName, contact);

    /// <summary>From now on these are on duty in the unit: <c>layer=user,user</c>.</summary>
    public Task RosterAsync(string unit, params string[] layers) => hotline.PutOnDutyAsync("police", unit, layers);

    public Task WriteRosterAsync(UnitRoster roster) => hotline.WriteRosterAsync("police", roster);

    /// <summary>On duty in the unit is an old telephone alone, which no program may ring.</summary>
    public Task OldTelephoneAsync(string unit, string name) => WriteRosterAsync(new UnitRoster
    {
        Unit = unit,
        Name = unit,
        TimeZone = "Asia/Ho_Chi_Minh",
        Staffed = UnitRoster.Always,
        Layers = [new Layer { Name = "primary", Rotations = [] }],
        Landlines = [new Landline { Id = Guid.CreateVersion7(), Name = name, Phone = "069.2348560", Layer = "primary", Hours = UnitRoster.Always, MayRing = false }],
    });

    public async Task PlanAsync(DutyPlan plan)
    {
        var version = await ScalarAsync<long>("select coalesce(max(version), 0) + 1 from duty_plans");
        await RunAsync(DutyPlan.Insert(plan, version, await NowAsync(), "test", await NowAsync()));
    }

    /// <summary>Something to answer for, due at once.</summary>
    public async Task<Guid> OpenEscalationAsync(string urgency = "P0", string unit = "01", TimeSpan? acknowledgeWithin = null)
    {
        var (subject, now) = (Guid.CreateVersion7(), await NowAsync());
        await RunAsync(Escalation.Start(
            Escalation.Watch, subject, $"CT-{subject.ToString("N")[20..]}", MessageClass.Exercise, urgency, unit, now + (acknowledgeWithin ?? TimeSpan.FromMinutes(5)), now));
        return subject;
    }

    /// <summary>A referral that has arrived, with its escalation due at once.</summary>
    public async Task<Guid> OpenReferralAsync(DeskNode node, string urgency)
    {
        var (referral, now, key) = (Guid.CreateVersion7(), await NowAsync(), await node.Get<DataKeys>().TakeAsync(CancellationToken.None));
        await ExecuteAsync(
            "insert into referrals (id, reference, class, urgency, unit, key_id, state, received_at) values ($1, $2, 'exercise', $3, '01', $4, 'delivered', $5)",
            referral, $"CT-{referral.ToString("N")[20..]}", urgency, key.Id, now.UtcDateTime);
        await RunAsync(Escalation.Start(
            Escalation.Referral, referral, $"CT-{referral.ToString("N")[20..]}", MessageClass.Exercise, urgency, "01", now + TimeSpan.FromMinutes(5), now));
        return referral;
    }

    /// <summary>The words of this referral's pages that wait to leave for the hub, or have left.</summary>
    public Task<long> WordsAsync(Guid referral) =>
        ScalarAsync<long>("select count(*) from sent_messages where referral_id = $1 and kind = 'escalation.advanced'", referral);

    /// <summary>What a person does, as the use cases do it: in a transaction of its own.</summary>
    public async Task HappenAsync(Guid subject, EscalationEvent happened)
    {
        await using var connection = await hotline.OwnerAsync("police");
        await using var transaction = await connection.BeginTransactionAsync();
        await EscalationChange.ApplyAsync(connection, subject, happened, await NowAsync(), CancellationToken.None);
        await transaction.CommitAsync();
    }

    public async Task<Escalation> EscalationAsync(Guid subject)
    {
        await using var connection = await hotline.OwnerAsync("police");
        return (await Escalation.LockAsync(connection, subject, CancellationToken.None))!;
    }

    /// <summary>One line for each page, oldest first: <c>step.loop target channel state reason</c>; steps from 1.</summary>
    public async Task<IReadOnlyList<string>> PagesAsync(Guid subject, string? channel = null)
    {
        await using var connection = await hotline.OwnerAsync("police");
        await using var command = new NpgsqlCommand(
            """
            select concat_ws(' ', (p.step + 1) || '.' || p.loop, p.target, p.channel, p.state, p.reason) from page_attempts p
            join escalations e on e.id = p.escalation_id where e.subject_id = $1 and ($2::text is null or p.channel = $2) order by p.created_at, p.step, p.id
            """, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = subject });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)channel ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        return lines;
    }

    /// <summary>The database refuses such a row from now on, at once or at the commit.</summary>
    public async Task FailAsync(string table, string verb, bool deferred, string when = "true")
    {
        await ExecuteAsync(
            "create or replace function cut_off() returns trigger language plpgsql as 'begin raise exception using errcode = ''57P01''; end'");
        await ExecuteAsync(deferred
            ? $"create constraint trigger cut_off after {verb} on {table} deferrable initially deferred for each row when ({when}) execute function cut_off()"
            : $"create trigger cut_off before {verb} on {table} for each row when ({when}) execute function cut_off()");
    }

    public Task<int> HealAsync(string table) => ExecuteAsync($"drop trigger cut_off on {table}");

    /// <summary>A policy that cannot be read: whoever works on it fails.</summary>
    public Task PoisonAsync(Guid subject) => ExecuteAsync(
        "with p as (insert into escalation_policies values (gen_random_uuid(), '{\"nonsense\": 1}') returning id) update escalations set policy_id = p.id from p where subject_id = $1",
        subject);

    /// <summary>Works and fails until what is poisoned has been put aside.</summary>
    public async Task ParkAsync(DeskNode node)
    {
        for (var i = 0; i < 3; i++)
        {
            await node.WorkOnceAsync();
            await ForwardAsync(TimeSpan.FromSeconds(11));
        }
    }

    /// <summary>Moves the database's clock; nobody waits.</summary>
    public Task ForwardAsync(TimeSpan by) => ExecuteAsync("update exercise_clock set ahead = ahead + $1", by);

    /// <summary>Moves the clock to a local time in Ha Noi, <c>yyyy-MM-dd HH:mm</c>.</summary>
    public Task ForwardToAsync(string local) => ExecuteAsync(
        "update exercise_clock set ahead = ($1::timestamp at time zone 'Asia/Ho_Chi_Minh') - clock_timestamp()", local);

    public async Task<DateTimeOffset> NowAsync() => new(await ScalarAsync<DateTime>("select hotline_now()"), TimeSpan.Zero);

    public Task<int> ExecuteAsync(string statement, params object?[] values) => hotline.ExecuteAsync("police", statement, values);

    public async Task<T> ScalarAsync<T>(string query, params object?[] values) => (await hotline.ScalarAsync<T>("police", query, values))!;

    /// <summary>SIGKILL to the database server, and a new start on the same files.</summary>
    public static async Task StopDatabaseHardAndStartAsync()
    {
        var servers = await TestServers.StartAsync();
        servers.Postgres!.Kill();
        await servers.StartDatabaseAsync();
    }

    /// <summary>What a phone got, in order: <c>sms</c> or <c>voice</c>.</summary>
    public IReadOnlyList<PhoneMessage> PhoneOf(string number) => [.. Simulator.Devices.Messages.Where(m => m.To == number).OrderBy(m => m.Number)];

    /// <summary>To the desk's database, as its owner.</summary>
    public Task<NpgsqlConnection> ConnectAsync() => hotline.OwnerAsync("police");

    public async Task RunAsync(NpgsqlBatchCommand command)
    {
        await using var connection = await hotline.OwnerAsync("police");
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        await hotline.DisposeAsync();
    }
}

/// <summary>One node: its engine and its sender, turned by hand.</summary>
sealed class DeskNode(ServiceProvider services)
{
    readonly EscalationEngine engine = ActivatorUtilities.CreateInstance<EscalationEngine>(services);
    readonly PageSender sender = ActivatorUtilities.CreateInstance<PageSender>(services);

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>Everything that is due now.</summary>
    public async Task<int> WorkAsync()
    {
        var (all, advanced) = (0, 0);
        do
            all += advanced = await WorkOnceAsync();
        while (advanced > 0);
        return all;
    }

    /// <summary>One turn of the engine.</summary>
    public async Task<int> WorkOnceAsync() => (await engine.WorkAsync(CancellationToken.None)).Advanced;

    public Task<int> SendAsync() => sender.SendDueAsync(CancellationToken.None);

    /// <summary>The engine's turn, then the sender's.</summary>
    public async Task WorkAndSendAsync()
    {
        await WorkAsync();
        await SendAsync();
    }
}

/// <summary>A wall clock that is set wrong; its monotonic part runs as any.</summary>
sealed class WrongClock(TimeSpan off) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + off;
}
