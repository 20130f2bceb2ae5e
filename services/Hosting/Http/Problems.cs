using System.Collections.Frozen;
using Hotline.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hotline.Hosting.Http;

/// <summary>The one catalogue of refusals: stable code to HTTP status and words (http.md, "Codes"; RFC 9457).</summary>
public static class Problems
{
    sealed record Entry(int Status, string Title);

    static readonly FrozenDictionary<string, Entry> Catalogue = new Dictionary<string, Entry>
    {
        ["auth.missing"] = new(401, "Sign in first."),
        ["auth.failed"] = new(401, "User name, password or code is wrong."),
        ["auth.wrong-issuer"] = new(401, "The token was issued by another service."),
        ["auth.second-factor-required"] = new(401, "A code from the second factor is required."),
        ["auth.antiforgery"] = new(403, "The page is older than the session. Load it again."),
        ["auth.locked"] = new(401, "Nobody was there for a while. Give the password again."),
        ["auth.too-many"] = new(429, "Too many tries. Wait a minute."),
        ["access.denied"] = new(403, "The role does not allow this."),
        ["designation.missing"] = new(403, "No designation as focal point is in force."),
        ["not-found"] = new(404, "There is no such thing, or it is not for you to know."),
        ["method.not-allowed"] = new(405, "The method is not allowed here."),
        ["media-type.unsupported"] = new(415, "Send JSON."),
        ["version.required"] = new(428, "Say which version you saw: If-Match."),
        ["version.stale"] = new(412, "Somebody was quicker. Read it again."),
        ["request.malformed"] = new(400, "The request is not of the agreed form."),
        ["request.invalid-utf8"] = new(400, "The request is not UTF-8."),
        ["request.unknown-member"] = new(400, "The request has a member that nobody knows."),
        ["request.unknown-code"] = new(422, "A code is not on its list."),
        ["request.too-long"] = new(422, "A text is too long."),
        ["request.too-large"] = new(413, "The request is too large."),
        ["idempotency-key.reused"] = new(422, "The same Idempotency-Key came with another body."),
        ["referral.incomplete"] = new(422, "The minimum for this urgency is missing."),
        ["referral.no-consent"] = new(422, "Neither consent nor a legal ground covers this agency."),
        ["referral.withheld-in-text"] = new(422, "Something withheld still stands in the text."),
        ["referral.already-open"] = new(409, "The case already has an open referral to this agency."),
        ["referral.wrong-state"] = new(409, "The referral's state does not allow this."),
        ["referral.too-large"] = new(422, "The file is larger than a message can be."),
        ["watch.taken"] = new(409, "Somebody looks after it already."),
        ["exercise.in-production"] = new(409, "This hotline is no exercise."),
        ["gateway.bad-seal"] = new(401, "The request is not sealed by that gateway."),
        ["gateway.last"] = new(409, "It is the last gateway in use: without it nobody would be woken."),
        ["link.not-valid"] = new(404, "The link is not valid, or not any more."),
        ["audit.busy"] = new(409, "The log is being verified already."),
        ["agency.without-key"] = new(409, "The key directory has no key in force for the agency: nothing can be sealed for it."),
        ["account.exists"] = new(409, "There is an account of that name."),
        ["account.administrator-alone"] = new(422, "Who administers sees no victim data: the role stands alone."),
        ["account.own"] = new(409, "Another administrator must do that: this account is yours."),
        ["account.undo-late"] = new(409, "It was changed again since, or cannot be taken back."),
        ["account.last-administrator"] = new(409, "It is the last account that can administer."),
        ["unavailable"] = new(503, "The database is away. Try again."),
        ["break-glass.same-person"] = new(409, "Two persons are needed: this one is yours."),
        ["break-glass.wrong-state"] = new(409, "The glass is open, closed or reviewed already."),
        ["shredding.same-person"] = new(409, "Two persons are needed: this one is yours."),
        ["shredding.wrong-state"] = new(409, "The shredding is approved or done already."),
        ["shredding.referral-open"] = new(409, "A referral is still open."),
        ["certificate.not-shredded"] = new(409, "The case was not shredded: there is nothing to certify."),
        ["certificate.waiting"] = new(409, "The shredding waits for the witnesses' cosignatures. Try again in a minute."),
        ["content.shredded"] = new(410, "The content was destroyed. Its record stays."),
        ["override.overlaps"] = new(409, "Somebody already stands in then."),
        ["override.in-past"] = new(422, "It is over: what was cannot be changed."),
        ["swap.not-on-duty"] = new(409, "Who gives a shift away must have it, for the whole time."),
        ["swap.settled"] = new(409, "The swap was answered or taken back before."),
        ["rotation.without-people"] = new(422, "A rotation needs somebody."),
        ["ladder.without-steps"] = new(422, "A ladder needs between one and twenty steps."),
        ["ladder.without-national-desk"] = new(422, "The last step of a ladder is the central desk's: it repeats until somebody answers."),
        ["time-zone.unknown"] = new(422, "There is no time zone of that IANA name."),
        ["holiday.in-past"] = new(422, "A day that is over stays what it was."),
        ["template.case-field"] = new(422, "A page may hold the reference, the urgency, the agency and the link, and nothing else."),
        ["contact.code-wrong"] = new(422, "That is not the code."),
        ["contact.code-expired"] = new(409, "No code is in force: it is too old, was tried too often, or was never sent."),
        ["contact.code-too-soon"] = new(429, "A code was sent a moment ago. Wait a minute."),
        ["channel.away"] = new(503, "The channel cannot send just now."),
        ["content.closed"] = new(410, "The content opens no more: it was revoked, or consent was withdrawn."),
        ["call-back-code.unknown"] = new(404, "There is no such code. Confirm and deny nothing."),
        ["call-back-code.too-many"] = new(429, "Too many wrong codes. Wait an hour."),
        ["storage.seal-broken"] = new(500, "What is stored does not open: it was changed outside the service. The supervisors were told."),
        ["internal"] = new(500, "Something broke. It was logged without your data."),
    }.ToFrozenDictionary();

    public static IEnumerable<(string Code, int Status)> All => Catalogue.Select(e => (e.Key, e.Value.Status));

    /// <exception cref="KeyNotFoundException">The code is not in the catalogue: a bug.</exception>
    public static int StatusOf(string code) => Catalogue[code].Status;

    /// <exception cref="KeyNotFoundException">The code is not in the catalogue: a bug.</exception>
    public static IResult Refuse(Refusal refusal)
    {
        var entry = Catalogue[refusal.Code];
        var extensions = new Dictionary<string, object?>(refusal.Details ?? new Dictionary<string, object?>()) { ["code"] = refusal.Code };
        return Results.Problem(
            statusCode: entry.Status, title: entry.Title, type: $"urn:hotline:problem:{refusal.Code}", extensions: extensions);
    }

    public static IResult Refuse(string code) => Refuse(new Refusal(code));
}
