using Microsoft.AspNetCore.Builder;

namespace Hotline.Hosting.Http;

/// <summary>
/// What every answer carries. Must stay true: no script or style but the service's own files runs in a page, so that a
/// script in a caller's words stays text; nothing may frame a page, and nothing is told to other sites.
/// </summary>
public static class SecurityHeaders
{
    const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (http.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        await next(http);
    });
}
