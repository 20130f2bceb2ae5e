using Hotline.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Hosting.Accounts;

/// <summary><c>POST /api/v1/tokens</c>: password and second factor for an access token, for machines and tools.</summary>
public static class SignIn
{
    public sealed record Answer(string AccessToken, int ExpiresIn);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/tokens", HandleAsync).AllowAnyone().Accepts<SignInRequest>("application/json").Produces<Answer>();

    static async Task<IResult> HandleAsync(HttpContext http, SignInCheck check, CancellationToken cancel)
    {
        var (request, _, refusal) = await RequestBody.ReadAsync<SignInRequest>(http);
        if (refusal is not null)
            return Problems.Refuse(refusal);
        return await check.TryAsync(request!, browser: null, cancel) switch
        {
            SignInOutcome.Opened opened => Results.Ok(new Answer(opened.Token, (int)Sessions.Lifetime.TotalSeconds)),
            SignInOutcome.Refused refused => Problems.Refuse(refused.Code),
            _ => throw new InvalidOperationException("A third outcome of signing in."),
        };
    }
}
