//! Verifies that a message is signed by the service provider: enveloped, or over the query (SAML bindings §3.4.4.1).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::{
    keys::{algorithm::SigningAlg, public_key::public_key},
    params::Params,
    saml::{sign::algorithm, xml::Element},
};

/// Returns whether the query is signed with the key. The signature covers the bytes that were sent, in the order that
/// the binding specifies.
pub(crate) fn query_is_signed(raw: &str, message: &str, pem: &str) -> bool {
    let piece = |name: &str| {
        let mut pieces = raw.split('&').filter(|piece| piece.split('=').next() == Some(name));
        pieces.next().filter(|_| pieces.next().is_none())
    };
    let pieces = [piece(message), piece("RelayState"), piece("SigAlg")];
    let signed: Vec<_> = pieces.into_iter().flatten().collect();
    let params = Params::parse(raw.as_bytes());
    let value = params.get("Signature").and_then(|value| STANDARD.decode(value).ok());
    match (params.get("SigAlg"), value) {
        (Some(algorithm), Some(value)) => is_signed(algorithm, pem, signed.join("&").as_bytes(), &value),
        _ => false,
    }
}

/// Returns whether a message has a signature with the key over itself, in the form that SAML core §5.4 specifies.
pub(crate) fn message_is_signed(message: &Element, pem: &str) -> bool {
    let Some(signature) = message.find("ds:Signature") else { return false };
    let mut rest = message.clone();
    rest.change_children(&mut |child| if child.is("ds:Signature") { vec![] } else { vec![child] });
    let info = signature.find("ds:SignedInfo");
    let reference = info.and_then(|info| info.find("ds:Reference"));
    let digest = reference.and_then(|reference| reference.find("ds:DigestValue"));
    let value = signature.find("ds:SignatureValue");
    let (Some(info), Some(reference), Some(digest), Some(value)) = (info, reference, digest, value) else {
        return false;
    };
    let own = format!("#{}", message.attribute("ID").unwrap_or_default());
    let decoded = |element: &Element| {
        let text: String = element.own_text().split_ascii_whitespace().collect();
        STANDARD.decode(text).unwrap_or_default()
    };
    let method = info.find("ds:SignatureMethod").and_then(|method| method.attribute("Algorithm"));
    reference.attribute("URI") == Some(&own)
        && decoded(digest) == Sha256::digest(rest.canonical()).to_vec()
        && is_signed(method.unwrap_or_default(), pem, info.canonical().as_bytes(), &decoded(value))
}

fn is_signed(named: &str, pem: &str, message: &[u8], signature: &[u8]) -> bool {
    let alg = SigningAlg::ALL.into_iter().find(|alg| algorithm(*alg) == named);
    let verifies: &'static dyn VerificationAlgorithm = match alg {
        Some(SigningAlg::Rs256) => &RSA_PKCS1_2048_8192_SHA256,
        Some(SigningAlg::Rs384) => &RSA_PKCS1_2048_8192_SHA384,
        Some(SigningAlg::Rs512) => &RSA_PKCS1_2048_8192_SHA512,
        Some(SigningAlg::Es256) => &ECDSA_P256_SHA256_FIXED,
        Some(SigningAlg::Es384) => &ECDSA_P384_SHA384_FIXED,
        Some(SigningAlg::Ps256 | SigningAlg::Ps384 | SigningAlg::Ps512 | SigningAlg::EdDsa) | None => {
            return false;
        }
    };
    public_key(pem)
        .is_some_and(|key| UnparsedPublicKey::new(verifies, key).verify(message, signature).is_ok())
}
