//! Signs tokens as JWS, with the current key or according to a lie. The signatures of lies are computed for real, too.

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};
use tower_sso_core::ConfigError;

use crate::{
    idp::TestIdp,
    keys::{certificate, test_key::TestKey, weak},
    lies::{
        forgery::{Forgery, KeyForm},
        lie::Lie,
        member::set_member,
        oddity::Oddity,
    },
};

/// Which token is signed. It determines which lies apply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignedToken {
    Id,
    Userinfo,
}

enum Signer {
    Unsigned,
    Key(TestKey),
    Garbled(TestKey),
    Weak,
    Hmac(hmac::Algorithm, Vec<u8>),
}

type Header = Map<String, Value>;

/// Signs claims for a client as a JWS in compact form (RFC 7515 §7.1).
pub(crate) fn sign(
    idp: &TestIdp,
    token: SignedToken,
    client: &str,
    claims: Map<String, Value>,
) -> Result<String, ConfigError> {
    let lies = idp.lies();
    let key = idp.current_key()?;
    let mut header = Header::new();
    header.insert("alg".to_owned(), json!(key.alg().as_str()));
    header.insert("typ".to_owned(), json!("JWT"));
    if !idp.is_odd(Oddity::NoKid) {
        header.insert("kid".to_owned(), json!(key.kid()));
    }
    let mut signer = Signer::Key(key.clone());
    for lie in &lies {
        if *lie == Lie::WeakKey {
            header.insert("alg".to_owned(), json!("RS256"));
            signer = Signer::Weak;
        }
        if *lie == Lie::SymmetricKey {
            header.insert("alg".to_owned(), json!("HS256"));
            signer = Signer::Hmac(hmac::HMAC_SHA256, key.public_key_pem()?.into_bytes());
        }
        if let (Lie::Signature(forgery), SignedToken::Id)
        | (Lie::UserinfoSignature(forgery), SignedToken::Userinfo) = (lie, token)
        {
            signer = forged(idp, forgery, client, &key, &mut header)?;
        }
    }
    for lie in &lies {
        if let (Lie::Header { name, value }, SignedToken::Id) = (lie, token) {
            set_member(&mut header, name, value.as_ref());
        }
    }
    let message = format!("{}.{}", encode_part(Value::Object(header)), encode_part(Value::Object(claims)));
    let signature = signer.sign(message.as_bytes())?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn forged(
    idp: &TestIdp,
    forgery: &Forgery,
    client: &str,
    key: &TestKey,
    header: &mut Header,
) -> Result<Signer, ConfigError> {
    let mut put = |name: &str, value: Value| header.insert(name.to_owned(), value);
    Ok(match forgery {
        Forgery::Unsigned(alg) => {
            put("alg", json!(alg));
            Signer::Unsigned
        }
        Forgery::Missing => Signer::Unsigned,
        Forgery::Garbled => Signer::Garbled(key.clone()),
        Forgery::OtherKey => Signer::Key(idp.attacker_key()?),
        Forgery::UnknownKid => {
            let attacker = idp.attacker_key()?;
            put("kid", json!(attacker.kid()));
            Signer::Key(attacker)
        }
        Forgery::PublicKey { alg, form } => {
            put("alg", json!(alg));
            Signer::Hmac(hmac_of(alg), form.bytes(key)?)
        }
        Forgery::ClientSecret(alg) => {
            put("alg", json!(alg));
            let secret = idp.client(client).and_then(|client| client.secret.as_ref());
            let secret = secret.map(|secret| secret.expose().clone()).unwrap_or_default();
            Signer::Hmac(hmac_of(alg), secret.into_bytes())
        }
        Forgery::EmbeddedKey => {
            let attacker = idp.attacker_key()?;
            put("jwk", attacker.public_jwk());
            Signer::Key(attacker)
        }
        Forgery::KeySetAt(url) => {
            put("jku", json!(url));
            Signer::Key(idp.attacker_key()?)
        }
        Forgery::CertificateAt(url) => {
            put("x5u", json!(url));
            Signer::Key(idp.attacker_key()?)
        }
        Forgery::EmbeddedCertificate => {
            let attacker = idp.attacker_key()?;
            put("x5c", json!([STANDARD.encode(certificate::self_signed(&attacker, "attacker")?)]));
            Signer::Key(attacker)
        }
    })
}

impl Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ConfigError> {
        let by = |key: &TestKey| key.sign(message).map_err(|_| ConfigError::new("key", "it does not sign"));
        match self {
            Self::Unsigned => Ok(Vec::new()),
            Self::Key(key) => by(key),
            Self::Garbled(key) => {
                let mut signature = by(key)?;
                if let Some(byte) = signature.last_mut() {
                    *byte ^= 1;
                }
                Ok(signature)
            }
            Self::Weak => Ok(weak::sign(message)),
            Self::Hmac(alg, key) => Ok(hmac::sign(&hmac::Key::new(*alg, key), message).as_ref().to_vec()),
        }
    }
}

impl KeyForm {
    fn bytes(self, key: &TestKey) -> Result<Vec<u8>, ConfigError> {
        Ok(match self {
            Self::Pem => key.public_key_pem()?.into_bytes(),
            Self::PemTrimmed => key.public_key_pem()?.trim_end().as_bytes().to_vec(),
            Self::Der => key.public_key_der()?,
            Self::Raw => key.public_key_raw().to_vec(),
            Self::Jwk => key.public_jwk().to_string().into_bytes(),
        })
    }
}

/// Returns the HMAC algorithm for an `alg`, in any spelling. An unknown name means SHA-256.
fn hmac_of(alg: &str) -> hmac::Algorithm {
    match alg.to_ascii_uppercase().as_str() {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    }
}

/// Encodes one part of a JWS.
fn encode_part(value: Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
