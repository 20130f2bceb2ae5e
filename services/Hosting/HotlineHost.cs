using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline.Contracts;
using Hotline.Hosting.Accounts;
using Hotline.Hosting.Audit;
using Hotline.Hosting.Database;
using Hotline.Hosting.Http;
using Hotline.Hosting.Live;
using Hotline.Hosting.Messages;
using Hotline.Hosting.Storage;
using Hotline.Hosting.Telemetry;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Hotline.Hosting;

/// <summary>What every host is made of, whatever it serves.</summary>
public static class HotlineHost
{
    public static WebApplicationBuilder Create(string[] args, out HostSettings settings)
    {
        var read = settings = HostSettings.Load();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(settings.Url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // RequestBody refuses above 256 KiB with a code; this is the wall behind it, far enough away that the code arrives.
            kestrel.Limits.MaxRequestBodySize = 64 * RequestBody.Largest;
        });
        var services = builder.Services;
        services.AddSingleton(read);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => DataSource(read.Database, mostConnections: 16));
        services.AddSingleton(_ => StorageKeys.Load(read.KeyFolder));
        services.AddSingleton(s => new KeyStore(
            DataSource(read.KeyStore, mostConnections: 4), DataSource(read.KeyStoreCopy, mostConnections: 4), s.GetRequiredService<StorageKeys>()));
        services.AddSingleton<DataKeys>();
        services.AddSingleton(s => new DatabaseClock(DataSource(read.Database, mostConnections: 1), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new SharedReads<TokenMac, Session>(macs => Sessions.ReadAsync(s.GetRequiredService<NpgsqlDataSource>(), macs)));
        services.AddSingleton<SignInCheck>();
        services.AddSingleton<SecondFactor>();
        services.AddSingleton<AccountChanges>();
        services.AddSingleton<AccountUndo>();
        services.AddSingleton<Changes>();
        services.AddHostedService<ChangesElsewhere>();
        services.AddSingleton<SharedCommits>();
        services.AddHostedService(s => s.GetRequiredService<SharedCommits>());
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<SpareMemory>();
        services.AddHostedService<KeyRounds>();
        services.AddSingleton<Shredding.Shredder>();
        services.AddHostedService<Shredding.ShredRounds>();
        services.AddSingleton<BreakGlass.CloseExpired>();
        services.AddSingleton(s => new Errand("broken glasses", BreakGlass.CloseExpired.DueWhen, s.GetRequiredService<BreakGlass.CloseExpired>().CloseAsync));
        services.AddDescription();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.Encoder = Wire.Json.Encoder;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new UtcTimes());
        });
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.AddTelemetry(read);
        return builder;
    }

    public static void UseHotline(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseRefusals();
        app.UseRouting();
        app.UseGuard();
        app.MapTelemetry();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnyone();
        var api = app.MapGroup("/api/v1");
        SignIn.Map(api);
        Administration.Map(api);
        MessageTrouble.Map(api);
        AuditStatus.Map(api);
        BreakGlass.BreakGlass.Map(api);
        Shredding.ShredSubject.Map(api);
        Shredding.Retention.Map(api);
    }

    public static async Task RunHotlineAsync(this WebApplication app)
    {
        ((IEndpointRouteBuilder)app).AssertEveryRouteGuarded();
        ((IEndpointRouteBuilder)app).AssertEveryRouteDescribed();
        await HostRole.AssertNotOwnerAsync(app.Services.GetRequiredService<NpgsqlDataSource>(), CancellationToken.None);
        await app.RunAsync();
    }

    static NpgsqlDataSource DataSource(string connection, int mostConnections) => new NpgsqlSlimDataSourceBuilder(
        new NpgsqlConnectionStringBuilder(connection)
        {
            MaxPoolSize = mostConnections,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            // Content must not come back in an error's text.
            IncludeErrorDetail = false,
            Timeout = 5,
            CommandTimeout = 30,
            ConnectionIdleLifetime = 60,
            ConnectionPruningInterval = 30,
            NoResetOnClose = true,
            // Every question of a host has an index. A plan that was made while a table was small would read the whole table
            // for as long as the connection lives, and code that is compiled for one query costs more than these queries.
            Options = "-c enable_seqscan=off -c jit=off",
        }.ConnectionString).EnableArrays().EnableTransportSecurity().Build();
}
