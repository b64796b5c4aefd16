//! Self-signed certificates (RFC 5280), encoded by hand. SAML metadata contains one, and so does the `x5c` of a forged
//! token.

use tower_sso_core::ConfigError;

use crate::keys::{algorithm::SigningAlg, der::der, pem::pem, test_key::TestKey};

/// Returns a certificate with this name, valid from 2020 until 2049, in DER.
pub(crate) fn self_signed(key: &TestKey, name: &str) -> Result<Vec<u8>, ConfigError> {
    let alg = algorithm(key.alg());
    let name =
        der(0x30, &[&der(0x31, &[&der(0x30, &[&[6, 3, 0x55, 4, 3], &der(0x0c, &[name.as_bytes()])])])]);
    let validity = der(0x30, &[&der(0x17, &[b"200101000000Z"]), &der(0x17, &[b"491231235959Z"])]);
    let version = der(0xa0, &[&[2, 1, 2]]);
    let body = der(0x30, &[&version, &[2, 1, 1], &alg, &name, &validity, &name, &key.public_key_der()?]);
    let signature = key.sign_certificate(&body).map_err(|_| ConfigError::new("key", "it does not sign"))?;
    Ok(der(0x30, &[&body, &alg, &der(3, &[&[0], &signature])]))
}

/// Returns the signature algorithm. RSA keys always use SHA-256.
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

impl TestKey {
    /// Returns a self-signed certificate of the key, valid from 2020 until 2049, as PEM.
    ///
    /// # Errors
    /// Returns an error if the certificate can't be encoded.
    pub fn certificate_pem(&self, name: &str) -> Result<String, ConfigError> {
        Ok(pem("CERTIFICATE", &self_signed(self, name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_contains_the_key() {
        for alg in SigningAlg::ALL {
            let key = TestKey::shared(alg).unwrap();
            let (certificate, public) =
                (self_signed(&key, "attacker").unwrap(), key.public_key_der().unwrap());
            assert!(certificate.windows(public.len()).any(|window| window == public), "{alg:?}");
        }
    }
}
