namespace Hotline.Sealing;

/// <summary>The stable codes of everything that Sealing refuses; README.md says what each means.</summary>
public static class SealingCodes
{
    public const string Malformed = "malformed";
    public const string DuplicateMember = "duplicate-member";
    public const string TooDeep = "too-deep";
    public const string TooLarge = "too-large";
    public const string HeaderNotAllowed = "header-not-allowed";
    public const string HeaderMissing = "header-missing";
    public const string AlgorithmNotAllowed = "algorithm-not-allowed";
    public const string TypeNotAllowed = "type-not-allowed";
    public const string EphemeralKeyInvalid = "ephemeral-key-invalid";
    public const string DecryptionFailed = "decryption-failed";
    public const string BadSignature = "bad-signature";

    /// <summary>Makes the sender seal again.</summary>
    public const string UnknownKey = "unknown-key";
    public const string RevokedKey = "revoked-key";
    public const string WrongUse = "wrong-use";
    public const string OutsideValidity = "outside-validity";

    /// <summary>Makes the sender sign and seal again.</summary>
    public const string Expired = "expired";
    public const string LifetimeNotAllowed = "lifetime-not-allowed";
    public const string UnsupportedVersion = "unsupported-version";
    public const string WrongIssuer = "wrong-issuer";
    public const string WrongAudience = "wrong-audience";
    public const string MismatchedId = "mismatched-id";

    public const string WrongEnvironment = "wrong-environment";
    public const string UnknownSuite = "unknown-suite";
    public const string OlderDirectory = "older-directory";
    public const string ConflictingDirectory = "conflicting-directory";
    public const string ExpiredDirectory = "expired-directory";
    public const string UnknownDirectoryKey = "unknown-directory-key";

    public const string NoSigningKey = "no-signing-key";
    public const string NoReceiverKey = "no-receiver-key";
    public const string UnknownParty = "unknown-party";
    public const string KnownParty = "known-party";
    public const string NoPendingKey = "no-pending-key";
    public const string KeyFileInvalid = "key-file-invalid";

    /// <summary>Whether the sender of a rejected message answers by sealing it again; every other code is an alarm.</summary>
    public static bool CausesResealing(string code) => code is UnknownKey or Expired;
}
