using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Hotline.Console.Administration;
using Hotline.Console.Live;
using Hotline.Console.SignIn;
using Hotline.Console.Words;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline.Console;

/// <summary>Gives a host its console: pages, sign-in on the screen, assets, live changes (README.md).</summary>
public static class ConsoleHost
{
    /// <param name="screens">The assemblies that hold screens, words and assets besides this one.</param>
    public static void AddConsole(this IServiceCollection services, params IReadOnlyList<Assembly> screens)
    {
        List<Assembly> assemblies = [typeof(ConsoleHost).Assembly, .. screens];
        // Vietnamese stays letters in the page instead of becoming numbers; what HTML needs escaped is escaped all the same.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        // Nothing of ours is protected by the framework's keys (decision 0021): none is ever written to a disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddSingleton(WordList.Load(assemblies));
        services.AddSingleton(Assets.Load(assemblies));
        services.AddScoped<Phrasebook>();
        services.AddMemoryCache();
        services.AddResponseCompression(compression =>
        {
            // Cookies are SameSite=Strict: another site cannot make the browser ask for a page as somebody and measure it.
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/html", "application/json"];
            compression.Providers.Add<BrotliCompressionProvider>();
        });
    }

    /// <summary>Before the routes of the host.</summary>
    public static void UseConsole(this WebApplication app)
    {
        app.UseResponseCompression();
    }

    /// <summary>The pages that every console has.</summary>
    public static void MapConsole(this WebApplication app)
    {
        app.Services.GetRequiredService<Assets>().Map(app);
        EnterRoutes.Map(app);
        LeaveRoutes.Map(app);
        AccountRoutes.Map(app);
        AdministrationRoutes.Map(app);
        LanguageRoute.Map(app);
        LiveRoute.Map(app);
    }
}
