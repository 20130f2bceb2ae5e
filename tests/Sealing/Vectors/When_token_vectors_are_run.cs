using System.Text;
using System.Text.Json;

namespace Hotline.Sealing.Tests;

/// <summary>Wycheproof's JOSE files through the product's parser and primitives; README.md says what counts as passed.</summary>
public class When_token_vectors_are_run
{
    const string OtherPlaintext = "other plaintext";

    // The vectors are bare tokens: the product's own members are left out of the list, nothing is added to it.
    static readonly HeaderRules Signed = HeaderRules.Signed with { Required = HeaderMember.Alg, Optional = HeaderMember.Kid };
    static readonly HeaderRules Sealed = HeaderRules.Sealed with
    {
        Required = HeaderMember.Alg | HeaderMember.Enc | HeaderMember.Epk,
        Optional = HeaderMember.Kid,
    };

    // Valid upstream, refused here. 372: a `?` within the header's base64url, which a lenient decoder skips.
    static readonly int[] RefusedForStrictness = [372];

    static IEnumerable<TestCaseData> SignatureFiles() => Wycheproof.Files("JsonWebSignature");

    static IEnumerable<TestCaseData> EncryptionFiles() => Wycheproof.Files("JsonWebEncryption");

    [TestCaseSource(nameof(SignatureFiles))]
    public void Should_verify_the_suite_and_refuse_all_else(string file) =>
        Check(file, "JsonWebSignature", Suite.Signature, "jws", (group, test) => Verify(Wycheproof.Key(group), test));

    [TestCaseSource(nameof(EncryptionFiles))]
    public void Should_open_the_suite_and_refuse_all_else(string file) =>
        Check(file, "JsonWebEncryption", Suite.Agreement, "jwe", (group, test) => Open(Wycheproof.Key(group), test));

    static string Verify(JsonElement key, JsonElement test)
    {
        var jws = Jws.TryRead(Encoding.UTF8.GetBytes(test.Text("jws")), Signed, out var code);
        if (jws is null)
            return code;
        if (Pinned(key, Suite.Signature, "sig") is not { } jwk)
            return SealingCodes.AlgorithmNotAllowed;
        return jws.IsSignedBy(new PublicKey("wycheproof", jwk)
        {
            NotBefore = default,
            NotAfter = default,
            State = KeyState.Active,
        }) ? "" : SealingCodes.BadSignature;
    }

    static string Open(JsonElement key, JsonElement test)
    {
        var jwe = Jwe.TryRead(Encoding.UTF8.GetBytes(test.Text("jwe")), Sealed, out _, out var code);
        if (jwe is null)
            return code;
        if (Pinned(key, Suite.Agreement, "enc") is not { } jwk)
            return SealingCodes.AlgorithmNotAllowed;
        var plaintext = jwe.TryOpen(new PrivateKey(jwk), out code);
        return plaintext is null || test.Text("pt") is not { Length: > 0 } expected || Convert.ToHexStringLower(plaintext) == expected
            ? code : OtherPlaintext;
    }

    // The group's key says the algorithm; the product has keys of its suite only.
    static Jwk? Pinned(JsonElement key, string algorithm, string use) =>
        key.Text("alg") == algorithm && key.Text("kty") == "EC" && key.Text("crv") == "P-256" && key.Text("use") is var stated
        && (stated.Length == 0 || stated == use)
        && Wycheproof.Coordinate(key, "x") is { } x && Wycheproof.Coordinate(key, "y") is { } y
            ? new Jwk(Jwk.Thumbprint(x, y), use == "sig" ? KeyUse.Signing : KeyUse.Encryption, x, y, Wycheproof.Coordinate(key, "d")) : null;

    static void Check(string file, string type, string algorithm, string token, Func<JsonElement, JsonElement, string> run)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var wrong = new List<string>();
        var strict = new List<JsonElement>();
        foreach (var (group, test) in Wycheproof.Tests(file, type))
        {
            var code = run(group, test);
            var expected = test.Text("result");
            var outcome = $"{expected}: {(code.Length == 0 ? "accepted" : code)}";
            counts[outcome] = counts.GetValueOrDefault(outcome) + 1;

            var ofSuite = Wycheproof.Key(group).Text("alg") == algorithm;
            if (expected == "valid" && (ofSuite && code == SealingCodes.HeaderNotAllowed
                || code == SealingCodes.Malformed && !IsBase64Url(test.Text(token))))
                strict.Add(test);
            else if (code == OtherPlaintext || expected == "invalid" && code.Length == 0
                || expected == "valid" && code is not ("" or SealingCodes.AlgorithmNotAllowed))
                wrong.Add($"{test.Name()}: {outcome}");
        }

        foreach (var (outcome, count) in counts)
            TestContext.Out.WriteLine($"{count,4} {outcome}");
        foreach (var test in strict)
            TestContext.Out.WriteLine($"     refused for strictness: {test.Name()}");
        Assert.That(wrong, Is.Empty);
        if (!Wycheproof.IsOwn(file))
            return;
        Assert.That(strict.Select(t => t.Number("tcId")), Is.SubsetOf(RefusedForStrictness));
        Assert.That(counts["valid: accepted"], Is.EqualTo(token == "jws" ? 2 : 1));
    }

    static bool IsBase64Url(string token) => token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
