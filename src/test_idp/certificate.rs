//! A self-signed certificate (RFC 5280), assembled by hand: what SAML metadata holds, and what an attacker
//! puts into `x5c`.

use crate::{
    error::config::ConfigError,
    test_idp::{alg::SigningAlg, key::TestKey},
};

/// A certificate by this name, from 2020 until 2049. DER.
pub(super) fn self_signed(key: &TestKey, name: &str) -> Result<Vec<u8>, ConfigError> {
    let alg = algorithm(key.alg());
    let name =
        der(0x30, &[&der(0x31, &[&der(0x30, &[&[6, 3, 0x55, 4, 3], &der(0x0c, &[name.as_bytes()])])])]);
    let validity = der(0x30, &[&der(0x17, &[b"200101000000Z"]), &der(0x17, &[b"491231235959Z"])]);
    let version = der(0xa0, &[&[2, 1, 2]]);
    let body = der(0x30, &[&version, &[2, 1, 1], &alg, &name, &validity, &name, &key.public_key_der()?]);
    let signature = key.sign_certificate(&body).map_err(|_| ConfigError::new("key", "it does not sign"))?;
    Ok(der(0x30, &[&body, &alg, &der(3, &[&[0], &signature])]))
}

/// The signature algorithm: with SHA-256 for every RSA key.
fn algorithm(alg: SigningAlg) -> Vec<u8> {
    match alg {
        SigningAlg::Rs256
        | SigningAlg::Rs384
        | SigningAlg::Rs512
        | SigningAlg::Ps256
        | SigningAlg::Ps384
        | SigningAlg::Ps512 => der(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], &[5, 0]]),
        SigningAlg::Es256 => der(0x30, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]),
        SigningAlg::Es384 => der(0x30, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]]),
        SigningAlg::EdDsa => der(0x30, &[&[6, 3, 0x2b, 0x65, 0x70]]),
    }
}

/// Tag, length, content (X.690 §8.1).
pub(super) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let length = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    match (content.len(), u8::try_from(length.len())) {
        (short @ 0..128, _) => out.extend(u8::try_from(short)),
        (_, Ok(bytes)) => {
            out.push(0x80 | bytes);
            out.extend(&length);
        }
        (_, Err(_)) => {}
    }
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_der_has_them() {
        assert_eq!(der(4, &[&[7; 2]]), [4, 2, 7, 7]);
        assert_eq!(der(4, &[&[7; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(der(4, &[&[7; 300]])[..4], [4, 0x82, 1, 44]);
    }

    #[test]
    fn the_certificate_holds_the_key() {
        for alg in SigningAlg::ALL {
            let key = TestKey::shared(alg).unwrap();
            let (certificate, public) =
                (self_signed(&key, "attacker").unwrap(), key.public_key_der().unwrap());
            assert!(certificate.windows(public.len()).any(|window| window == public), "{alg:?}");
        }
    }
}
