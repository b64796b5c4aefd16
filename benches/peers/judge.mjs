// node-saml over one response: the NameID that it reads, or what it says against the response.
//
// The settings are those that its README recommends: the audience, the request's ID checked, and the signatures that
// the provider makes required.

import { readFileSync } from "node:fs";
import { SAML } from "@node-saml/node-saml";

const asked = JSON.parse(readFileSync(0, "utf8"));

try {
  const saml = new SAML({
    issuer: asked.sp,
    audience: asked.sp,
    callbackUrl: asked.acs,
    entryPoint: asked.idp,
    idpIssuer: asked.idp,
    idpCert: asked.certificates,
    ...(asked.key ? { decryptionPvk: asked.key } : {}),
    validateInResponseTo: "always",
    wantAuthnResponseSigned: asked.response_signed,
    wantAssertionsSigned: asked.assertion_signed,
  });
  await saml.cacheProvider.saveAsync(asked.request, new Date().toISOString());
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: asked.response });
  console.log(JSON.stringify({ name: profile.nameID }));
} catch (error) {
  console.log(JSON.stringify({ problem: String(error.message ?? error) }));
}
process.exit(0);
