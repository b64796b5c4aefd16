//! Encrypted assertions (SAML core §2.3.4, XML Encryption 1.1).

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    error::Unspecified,
    iv::FixedLength,
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::internal::random_bytes;

use crate::{
    keys::public_key::public_key, lies::saml::SamlLie, saml::xml::Element, service_provider::SamlCipher,
};

const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";

impl SamlCipher {
    fn algorithm(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        }
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
            Self::Aes256Gcm | Self::Aes256Cbc => 32,
        }
    }
}

/// Encrypts the assertion for a key as an `EncryptedAssertion`, changed according to the lies.
pub(crate) fn encrypt(
    assertion: &Element,
    cipher: SamlCipher,
    pem: &str,
    lies: &[SamlLie],
) -> Result<Element, Unspecified> {
    let random: [u8; 32] = random_bytes().map_err(|_| Unspecified)?;
    let content_key = random.get(..cipher.key_bytes()).ok_or(Unspecified)?;
    let mut sealed = seal(cipher, content_key, assertion.canonical().as_bytes())?;
    let (mut key_transport, mut content) = (OAEP, cipher.algorithm());
    for lie in lies {
        match lie {
            SamlLie::KeyTransport(named) => key_transport = named,
            SamlLie::Cipher(named) => content = named,
            SamlLie::GarbledCiphertext => {
                if let Some(last) = sealed.last_mut() {
                    *last ^= 1;
                }
            }
            SamlLie::Attribute { .. }
            | SamlLie::Text { .. }
            | SamlLie::Without(_)
            | SamlLie::Twice(_)
            | SamlLie::Inside { .. }
            | SamlLie::Status(_)
            | SamlLie::Signature(_)
            | SamlLie::AfterSigning { .. }
            | SamlLie::NotEncrypted => {}
        }
    }
    let method = |algorithm: &str| Element::new("xenc:EncryptionMethod").with("Algorithm", algorithm);
    let data = |bytes: Vec<u8>| {
        Element::new("xenc:CipherData").child(Element::new("xenc:CipherValue").text(STANDARD.encode(bytes)))
    };
    let encrypted_key = Element::new("xenc:EncryptedKey")
        .child(method(key_transport).child(Element::new("ds:DigestMethod").with("Algorithm", SHA1)))
        .child(data(wrap(content_key, pem)?));
    let encrypted = Element::new("xenc:EncryptedData")
        .with("Type", ELEMENT)
        .child(method(content))
        .child(Element::new("ds:KeyInfo").child(encrypted_key))
        .child(data(sealed));
    Ok(Element::new("saml:EncryptedAssertion").child(encrypted))
}

/// Encrypts the content key by RSA-OAEP.
fn wrap(content_key: &[u8], pem: &str) -> Result<Vec<u8>, Unspecified> {
    let key = PublicEncryptingKey::from_der(&public_key(pem).ok_or(Unspecified)?)?;
    let key = OaepPublicEncryptingKey::new(key)?;
    let mut wrapped = vec![0; key.ciphertext_size()];
    let length = key.encrypt(&OAEP_SHA1_MGF1SHA1, content_key, &mut wrapped, None)?.len();
    wrapped.truncate(length);
    Ok(wrapped)
}

/// Returns the nonce or initialization vector, followed by the ciphertext.
fn seal(cipher: SamlCipher, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut sealed = plain.to_vec();
    let front = match cipher {
        SamlCipher::Aes128Gcm | SamlCipher::Aes256Gcm => {
            let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
            let nonce: [u8; 12] = random_bytes().map_err(|_| Unspecified)?;
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
            key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)?;
            nonce.to_vec()
        }
        SamlCipher::Aes128Cbc | SamlCipher::Aes256Cbc => {
            let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
            let vector: [u8; 16] = random_bytes().map_err(|_| Unspecified)?;
            let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key)?)?;
            let context = EncryptionContext::Iv128(FixedLength::from(vector));
            key.less_safe_encrypt(&mut sealed, context)?;
            vector.to_vec()
        }
    };
    Ok([front, sealed].concat())
}
