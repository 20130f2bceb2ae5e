using System.Threading.RateLimiting;
using Hotline.Contracts;
using Microsoft.AspNetCore.RateLimiting;

namespace Hotline.Console.SignIn;

/// <summary>How often one address may try to sign in: guessing many names from one place is slowed here, guessing one name by its lock-out.</summary>
static class SignInLimits
{
    public const string Policy = "sign-in";
    const int TriesPerMinute = 30;

    public static void Add(RateLimiterOptions limits)
    {
        limits.AddPolicy(Policy, http => RateLimitPartition.GetFixedWindowLimiter(
            http.Connection.RemoteIpAddress?.ToString() ?? "unknown",
            _ => new FixedWindowRateLimiterOptions { PermitLimit = TriesPerMinute, Window = TimeSpan.FromMinutes(1) }));
        limits.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "60";
            await Pages.Refuse(new Refusal("auth.too-many")).ExecuteAsync(rejected.HttpContext);
        };
    }
}
