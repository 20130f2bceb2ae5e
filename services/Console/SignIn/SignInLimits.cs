using Hotline.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;

namespace Hotline.Console.SignIn;

/// <summary>
/// How often one address may try to sign in: guessing many names from one place is slowed here, guessing one name by its
/// lock-out. Not ASP.NET's limiter: that wakes ten times a second, in every service, for as long as it runs.
/// </summary>
sealed class SignInLimits(IMemoryCache windows) : IEndpointFilter
{
    const int TriesPerMinute = 30;
    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    sealed class Tries
    {
        public int Count;
    }

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var tries = windows.GetOrCreate((nameof(SignInLimits), http.Connection.RemoteIpAddress), window =>
        {
            window.AbsoluteExpirationRelativeToNow = Window;
            return new Tries();
        })!;
        if (Interlocked.Increment(ref tries.Count) <= TriesPerMinute)
            return await next(context);
        http.Response.Headers.RetryAfter = "60";
        return Pages.Refuse(new Refusal("auth.too-many"));
    }
}
