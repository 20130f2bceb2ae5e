using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using Hotline.Hosting.Accounts;
using Hotline.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hotline.Console;

/// <summary>
/// Styles, scripts and fonts, embedded in the assemblies: <c>/assets/{hash}/{name}</c>, good for ever, since another
/// content has another address. Compressed once, when first asked for. They say nothing about anybody, so anybody may have them.
/// </summary>
public sealed class Assets
{
    const string Folder = "assets/";
    const string Forever = "public, max-age=31536000, immutable";

    sealed record Asset(string Hash, string Type, byte[] Plain, Lazy<byte[]>? Brotli);

    readonly FrozenDictionary<string, Asset> assets;

    Assets(FrozenDictionary<string, Asset> assets) => this.assets = assets;

    /// <exception cref="KeyNotFoundException">No such file: a bug.</exception>
    public string Address(string name) => $"/assets/{assets[name].Hash}/{name}";

    public static Assets Load(params IEnumerable<Assembly> assemblies)
    {
        var files = assemblies.SelectMany(a => a.GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal)).Select(n => (Name: n[Folder.Length..], Content: Read(a, n)))).ToDictionary();
        var found = files.Where(f => !f.Key.EndsWith(".css", StringComparison.Ordinal)).ToDictionary(f => f.Key, f => Make(f.Key, f.Value));
        // Style sheets name fonts; they get the fonts' lasting addresses.
        foreach (var (name, content) in files.Where(f => f.Key.EndsWith(".css", StringComparison.Ordinal)))
            found[name] = Make(name, WithAddresses(content, found));
        return new Assets(found.ToFrozenDictionary());
    }

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/assets/{hash}/{name}", (string hash, string name, HttpContext http) =>
    {
        if (!assets.TryGetValue(name, out var asset) || asset.Hash != hash)
            return Results.StatusCode(StatusCodes.Status404NotFound);
        http.Response.Headers.CacheControl = Forever;
        http.Response.Headers.Vary = "Accept-Encoding";
        if (asset.Brotli is null || !http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
            return Results.Bytes(asset.Plain, asset.Type);
        http.Response.Headers.ContentEncoding = "br";
        return Results.Bytes(asset.Brotli.Value, asset.Type);
    }).AllowAnyone().ExcludeFromDescription();

    static byte[] WithAddresses(byte[] css, Dictionary<string, Asset> found)
    {
        var text = System.Text.Encoding.UTF8.GetString(css);
        foreach (var (name, asset) in found)
            text = text.Replace($"url({name})", $"url(/assets/{asset.Hash}/{name})", StringComparison.Ordinal);
        return System.Text.Encoding.UTF8.GetBytes(text);
    }

    static Asset Make(string name, byte[] content)
    {
        var type = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".csv" => "text/csv; charset=utf-8",
            ".woff2" => "font/woff2",
            _ => throw new InvalidOperationException($"Nobody said what kind of file {name} is."),
        };
        return new Asset(Digest.Text(Digest.Of(content))[..16], type, content, type == "font/woff2" ? null : new Lazy<byte[]>(() => Compress(content)));
    }

    static byte[] Compress(byte[] content)
    {
        using var into = new MemoryStream();
        using (var brotli = new BrotliStream(into, CompressionLevel.Optimal))
            brotli.Write(content);
        return into.ToArray();
    }

    static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var into = new MemoryStream();
        stream.CopyTo(into);
        return into.ToArray();
    }
}
