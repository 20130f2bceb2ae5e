// The other side of the interoperability test: what a partner would write with a standard JOSE library, from protocol.md alone.
// Reads {command, ...} as JSON from standard input and answers with JSON on standard output.
import * as jose from "jose";

const text = new TextDecoder();
const input = JSON.parse(await new Response(process.stdin).text());

const commands = {
  // Signs a payload and seals it for the receiver.
  async seal({ payload, signingKey, receiverKey, mid, to }) {
    const jws = await new jose.CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: "ES256", kid: signingKey.kid, typ: "hotline+jws" })
      .sign(await jose.importJWK(signingKey, "ES256"));
    const body = await new jose.CompactEncrypt(new TextEncoder().encode(jws))
      .setProtectedHeader({
        alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: receiverKey.kid,
        typ: "hotline+jwe", cty: "hotline+jws", mid, to,
      })
      .encrypt(await jose.importJWK(receiverKey, "ECDH-ES+A256KW"));
    return { jws, body };
  },

  // Opens a sealed message and verifies what is inside.
  async open({ body, receiverKey, signingKey }) {
    const outer = await jose.compactDecrypt(body, await jose.importJWK(receiverKey, "ECDH-ES+A256KW"), {
      keyManagementAlgorithms: ["ECDH-ES+A256KW"], contentEncryptionAlgorithms: ["A256GCM"],
    });
    const inner = await jose.compactVerify(text.decode(outer.plaintext), await jose.importJWK(signingKey, "ES256"), {
      algorithms: ["ES256"],
    });
    return {
      outer: outer.protectedHeader,
      inner: inner.protectedHeader,
      payload: JSON.parse(text.decode(inner.payload)),
      thumbprint: await jose.calculateJwkThumbprint(signingKey),
    };
  },

  // Verifies a key directory with the pinned key.
  async directory({ token, pin }) {
    const { payload, protectedHeader } = await jose.compactVerify(token, await jose.importJWK(pin, "ES256"), { algorithms: ["ES256"] });
    return { header: protectedHeader, payload: JSON.parse(text.decode(payload)) };
  },
};

process.stdout.write(JSON.stringify(await commands[input.command](input)));
