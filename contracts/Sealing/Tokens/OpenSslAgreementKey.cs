using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hotline.Sealing;

/// <summary>
/// The same by OpenSSL 3, the library that the platform itself uses on Linux, through its current (EVP) interface. The
/// platform multiplies the point by the order of the curve at every creation, import and agreement; the cofactor of P-256
/// is 1, so that a point on the curve is a good one (NIST SP 800-56A rev. 3, section 5.6.2.3.4), and OpenSSL looks at
/// that when it reads the coordinates.
/// </summary>
sealed unsafe partial class OpenSslAgreementKey : AgreementKey
{
    const string Library = "libcrypto.so.3";
    const int Coordinate = 32;
    const int PointBytes = 1 + 2 * Coordinate;
    const byte Uncompressed = 4;

    static readonly Lazy<bool> Loadable = new(() => OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out _));

    readonly SafeEvpPKeyHandle own;
    readonly Generator generator;

    /// <summary>A key of the curve: what comes in a message takes over its parameters.</summary>
    readonly SafeEvpPKeyHandle model;

    internal OpenSslAgreementKey(ECParameters key)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        using var imported = new ECDiffieHellmanOpenSsl();
        imported.ImportParameters(key);
        own = imported.DuplicateKeyHandle();
        generator = new Generator();
        model = new SafeEvpPKeyHandle(generator.Next(), ownsHandle: true);
    }

    internal static bool Available => Loadable.Value;

    internal override byte[] AgreeAnew(out ECPoint ephemeral)
    {
        var fresh = generator.Next();
        try
        {
            ephemeral = PointOf(fresh);
            return Derive(fresh, own.DangerousGetHandle());
        }
        finally
        {
            EVP_PKEY_free(fresh);
        }
    }

    internal override byte[]? TryAgree(byte[] x, byte[] y)
    {
        if (x.Length != Coordinate || y.Length != Coordinate)
            return null;
        var other = Made(EVP_PKEY_new());
        try
        {
            Check(EVP_PKEY_copy_parameters(other, model.DangerousGetHandle()));
            byte[] point = [Uncompressed, .. x, .. y];
            if (EVP_PKEY_set1_encoded_public_key(other, point, PointBytes) == 1)
                return Derive(own.DangerousGetHandle(), other);
            ERR_clear_error();
            return null;
        }
        finally
        {
            EVP_PKEY_free(other);
        }
    }

    public override void Dispose()
    {
        model.Dispose();
        generator.Dispose();
        own.Dispose();
    }

    /// <summary>Makes new keys of the curve.</summary>
    sealed class Generator : SafeHandle
    {
        internal Generator() : base(0, ownsHandle: true)
        {
            SetHandle(Made(EVP_PKEY_CTX_new_from_name(0, "EC", null)));
            Check(EVP_PKEY_keygen_init(handle));
            Check(EVP_PKEY_CTX_set_group_name(handle, "P-256"));
        }

        public override bool IsInvalid => handle == 0;

        /// <returns>The caller's to free.</returns>
        internal nint Next()
        {
            nint fresh = 0;
            Check(EVP_PKEY_generate(handle, &fresh));
            return fresh;
        }

        protected override bool ReleaseHandle()
        {
            EVP_PKEY_CTX_free(handle);
            return true;
        }
    }

    static ECPoint PointOf(nint key)
    {
        byte* encoded = null;
        var length = EVP_PKEY_get1_encoded_public_key(key, &encoded);
        if (length != PointBytes || encoded[0] != Uncompressed)
            throw Failure();
        var point = new ReadOnlySpan<byte>(encoded + 1, PointBytes - 1);
        var read = new ECPoint { X = point[..Coordinate].ToArray(), Y = point[Coordinate..].ToArray() };
        CRYPTO_free((nint)encoded, 0, 0);
        return read;
    }

    /// <param name="other">Known to be a point of the curve.</param>
    static byte[] Derive(nint own, nint other)
    {
        var context = Made(EVP_PKEY_CTX_new(own, 0));
        try
        {
            Check(EVP_PKEY_derive_init(context));
            Check(EVP_PKEY_derive_set_peer_ex(context, other, 0));
            var agreed = new byte[Coordinate];
            nuint length = Coordinate;
            fixed (byte* to = agreed)
                Check(EVP_PKEY_derive(context, to, &length));
            return length == Coordinate ? agreed : throw Failure();
        }
        finally
        {
            EVP_PKEY_CTX_free(context);
        }
    }

    static nint Made(nint handle) => handle != 0 ? handle : throw Failure();

    static void Check(int done)
    {
        if (done != 1)
            throw Failure();
    }

    static CryptographicException Failure()
    {
        // What stays in OpenSSL's queue would be told of the platform's next failure on this thread.
        ERR_clear_error();
        return new CryptographicException("OpenSSL refused a key agreement.");
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint EVP_PKEY_CTX_new_from_name(nint library, string name, string? properties);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int EVP_PKEY_CTX_set_group_name(nint context, string name);

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_CTX_new(nint key, nint engine);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_keygen_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_generate(nint context, nint* key);

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_new();

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_copy_parameters(nint to, nint from);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_set1_encoded_public_key(nint key, byte[] point, nuint length);

    [LibraryImport(Library)]
    private static partial nuint EVP_PKEY_get1_encoded_public_key(nint key, byte** point);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive_set_peer_ex(nint context, nint peer, int validate);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive(nint context, byte* to, nuint* length);

    [LibraryImport(Library)]
    private static partial void CRYPTO_free(nint memory, nint file, int line);

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();
}
