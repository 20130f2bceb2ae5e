using Microsoft.AspNetCore.Http;

namespace Hotline.Hosting.Http;

/// <summary>Reads a form that may hold anything.</summary>
public static class FormBody
{
    /// <exception cref="BadHttpRequestException">It is no form: U+0000, more or longer fields than any form of ours has.</exception>
    public static async Task<IFormCollection> ReadFormBodyAsync(this HttpContext http)
    {
        try
        {
            return await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or InvalidOperationException)
        {
            throw new BadHttpRequestException("The form cannot be read.", StatusCodes.Status400BadRequest, unreadable);
        }
    }
}
