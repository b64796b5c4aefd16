//! Decrypts assertions (XML-Enc 1.1, SAML core §6.1).
//!
//! | use | accepted | refused |
//! |---|---|---|
//! | content | AES-GCM; AES-CBC if a signature over the ciphertext was verified before | 3DES, and AES-CBC otherwise |
//! | key transport | RSA-OAEP with SHA-1 or SHA-2, the same hash for digest and mask | RSA PKCS #1 v1.5 |
//!
//! AES-CBC does not authenticate: anyone who can change a ciphertext and see whether it was accepted can decrypt it
//! byte by byte (XML-Enc 1.1 §6.1.1). RSA 1.5 has the same weakness for the key.
//!
//! The structure and the algorithms are checked first, and their errors say what is wrong. From the first use of a key
//! on there is only one error without a detail: an error that told what failed would be an oracle.

use aws_lc_rs::rsa::{
    EncryptionAlgorithmId, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384,
    OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
};
use tower_sso_core::internal::random_bytes;

use crate::{
    cipher::{Content, Mode},
    decryption_key::DecryptionKey,
    engine::Engine,
    error::{Error, ErrorKind, refused},
    policy::Trust,
    signature::{shape::base64, verified::VerifiedElement},
    xml::{
        element::Element,
        namespace::{DS, XENC, XENC11},
    },
};

/// Decrypts a `saml:EncryptedAssertion` and returns the plaintext. `signed` is the same element, if a signature covers
/// it.
///
/// # Errors
///
/// Returns `SamlEncryptionRefused` if decryption is not attempted because of the structure or the algorithms, and
/// `SamlDecryptionFailed` for every other failure.
pub(crate) fn decrypt(
    encrypted: Element<'_>,
    signed: Option<VerifiedElement<'_>>,
    trust: &Trust<'_>,
) -> Result<String, Error> {
    let (keys, engine) = (trust.decryption_keys, trust.engine);
    if keys.is_empty() {
        return Err(refused("the connection has no key to decrypt with"));
    }
    let data = only(encrypted, XENC, "EncryptedData")?;
    if data.attribute("Type").is_some_and(|kind| kind != "http://www.w3.org/2001/04/xmlenc#Element") {
        return Err(refused("what is encrypted is not an element"));
    }
    let content = Content::of(only(data, XENC, "EncryptionMethod")?)?;
    if content.mode == Mode::Cbc && signed.is_none() {
        return Err(refused("AES-CBC without a signature over the ciphertext"));
    }
    let wrapped = encrypted_key(encrypted, data)?;
    let method = only(wrapped, XENC, "EncryptionMethod")?;
    let (transport, label) = (transport(method)?, label(method)?);
    let plain = transport.id() == EncryptionAlgorithmId::OaepSha1Mgf1sha1 && label.is_empty();
    if matches!(engine, Engine::Xmlsec(_)) && !(content.key_length == 16 && plain) {
        return Err(refused("the engine xmlsec decrypts AES-128 alone, its key by RSA-OAEP with SHA-1"));
    }
    let (wrapped, ciphertext) = (cipher_value(wrapped)?, cipher_value(data)?);

    let failed = || Error::new(ErrorKind::SamlDecryptionFailed);
    let random = random_bytes::<32>().map_err(|_| failed())?;
    // If no key fits, a random key is used. Therefore nobody can tell whether the key or the content failed to decrypt.
    let key = keys
        .iter()
        .filter_map(|key| match engine {
            Engine::Default => unwrap(key, transport, &label, &wrapped),
            Engine::Xmlsec(xmlsec) => xmlsec.unwrap(&key.xmlsec, &wrapped),
        })
        .find(|key| key.len() == content.key_length)
        .or_else(|| random.get(..content.key_length).map(<[u8]>::to_vec))
        .ok_or_else(failed)?;
    let plaintext = match engine {
        Engine::Default => content.decrypt(&key, &ciphertext),
        Engine::Xmlsec(xmlsec) => xmlsec.decrypt(content.mode, &key, &ciphertext),
    };
    String::from_utf8(plaintext.ok_or_else(failed)?).map_err(|_| failed())
}

/// Returns the one `EncryptedKey`, which is inside the data's KeyInfo or beside the data (SAML core §6.1, XML-Enc
/// §3.5).
fn encrypted_key<'d>(encrypted: Element<'d>, data: Element<'d>) -> Result<Element<'d>, Error> {
    let key_info = data.child(DS, "KeyInfo")?;
    let inside = key_info.map(|info| info.child(XENC, "EncryptedKey")).transpose()?.flatten();
    let key = match (inside, encrypted.child(XENC, "EncryptedKey")?) {
        (Some(key), None) | (None, Some(key)) => key,
        (None, None) | (Some(_), Some(_)) => return Err(refused("expected exactly one EncryptedKey")),
    };
    let retrieval = key_info.map(|info| info.child(DS, "RetrievalMethod")).transpose()?.flatten();
    let names_it = |uri: &str| uri.strip_prefix('#').is_some_and(|id| key.attribute("Id") == Some(id));
    match retrieval.map(|method| method.attribute("URI").is_some_and(names_it) && method.is_structure()) {
        None | Some(true) => Ok(key),
        Some(false) => Err(refused("a RetrievalMethod that does not name the EncryptedKey")),
    }
}

/// Returns the RSA-OAEP algorithm of the key. The mask must be generated with the same hash as the digest (XML-Enc 1.1
/// §5.5.2).
fn transport(method: Element<'_>) -> Result<&'static OaepAlgorithm, Error> {
    let is_11 = match method.attribute("Algorithm") {
        Some("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p") => false,
        Some("http://www.w3.org/2009/xmlenc11#rsa-oaep") => true,
        Some(other) => return Err(refused(format_args!("key transport {other:?}"))),
        None => return Err(refused("no key transport is named")),
    };
    let known = |child: Element<'_>| {
        child.is(DS, "DigestMethod") || child.is(XENC, "OAEPparams") || (is_11 && child.is(XENC11, "MGF"))
    };
    if !method.is_structure() || !method.children().all(known) {
        return Err(refused("a parameter of RSA-OAEP that is not known"));
    }
    let digest =
        method.child(DS, "DigestMethod")?.map(|digest| digest.attribute("Algorithm").unwrap_or_default());
    let mask = method.child(XENC11, "MGF")?.map(|mask| mask.attribute("Algorithm").unwrap_or_default());
    match (
        digest.unwrap_or("http://www.w3.org/2000/09/xmldsig#sha1"),
        mask.unwrap_or("http://www.w3.org/2009/xmlenc11#mgf1sha1"),
    ) {
        ("http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2009/xmlenc11#mgf1sha1") => {
            Ok(&OAEP_SHA1_MGF1SHA1)
        }
        ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2009/xmlenc11#mgf1sha256") => {
            Ok(&OAEP_SHA256_MGF1SHA256)
        }
        ("http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2009/xmlenc11#mgf1sha384") => {
            Ok(&OAEP_SHA384_MGF1SHA384)
        }
        ("http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2009/xmlenc11#mgf1sha512") => {
            Ok(&OAEP_SHA512_MGF1SHA512)
        }
        (digest, mask) => Err(refused(format_args!(
            "RSA-OAEP with digest {digest:?} and mask {mask:?}: both have to be of one hash, of SHA-1 or SHA-2"
        ))),
    }
}

/// Returns the OAEP label, which is empty if the message names no label (XML-Enc 1.1 §5.5.2).
fn label(method: Element<'_>) -> Result<Vec<u8>, Error> {
    let parameters = method.child(XENC, "OAEPparams")?;
    let label = parameters.map(base64).transpose().map_err(|_| refused("OAEPparams are not base64"))?;
    Ok(label.unwrap_or_default())
}

fn unwrap(
    key: &DecryptionKey,
    transport: &'static OaepAlgorithm,
    label: &[u8],
    wrapped: &[u8],
) -> Option<Vec<u8>> {
    let mut out = vec![0; key.oaep.min_output_size()];
    key.oaep.decrypt(transport, wrapped, &mut out, Some(label)).ok().map(|key| key.to_vec())
}

/// Returns the bytes that the document itself contains. A CipherReference is not followed.
fn cipher_value(element: Element<'_>) -> Result<Vec<u8>, Error> {
    let data = only(element, XENC, "CipherData")?;
    let value = only(data, XENC, "CipherValue")?;
    match data.is_structure() && data.children().count() == 1 {
        true => base64(value).map_err(|_| refused("a CipherValue that is not base64")),
        false => Err(refused("CipherData holds more than a CipherValue")),
    }
}

fn only<'d>(parent: Element<'d>, namespace: &str, local: &str) -> Result<Element<'d>, Error> {
    parent.required(namespace, local, ErrorKind::SamlEncryptionRefused)
}
