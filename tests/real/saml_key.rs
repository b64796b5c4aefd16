//! Our own keys for SAML providers, made by openssl when they are first needed and not stored anywhere.

use std::{
    process::{Command, Stdio},
    sync::OnceLock,
};

/// A key (PKCS #8) and its certificate, in PEM.
#[derive(Debug)]
pub struct SpKey {
    pub key: String,
    pub certificate: String,
}

impl SpKey {
    /// Returns an RSA key of 2048 bits, which all tests share.
    pub fn shared() -> &'static Self {
        static KEY: OnceLock<SpKey> = OnceLock::new();
        KEY.get_or_init(Self::rsa)
    }

    /// Creates a new RSA key.
    pub fn rsa() -> Self {
        Self::new(&["-newkey", "rsa:2048"])
    }

    /// Creates a new key on the curve P-256.
    pub fn p256() -> Self {
        Self::new(&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    }

    fn new(kind: &[&str]) -> Self {
        let output = Command::new("openssl")
            .args(["req", "-x509"])
            .args(kind)
            .args(["-nodes", "-days", "30", "-subj", "/CN=app"])
            .args(["-keyout", "-", "-out", "-"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("openssl does not start: {error}; `tests/run` installs it"));
        let text = String::from_utf8(output.stdout).unwrap();
        let at = text.find("-----BEGIN CERTIFICATE-----").unwrap();
        Self { key: text[..at].to_owned(), certificate: text[at..].to_owned() }
    }

    /// Returns the certificate as metadata contains it.
    pub fn base64(&self) -> String {
        self.certificate.lines().filter(|line| !line.starts_with("-----")).collect()
    }
}
