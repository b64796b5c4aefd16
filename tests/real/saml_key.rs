//! Our own keys towards SAML providers, made by openssl when they are first asked for and kept nowhere.
#![allow(dead_code, reason = "it is there before the sign-ons that need it")]

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
    /// RSA of 2048 bits, the same for all tests.
    pub fn shared() -> &'static Self {
        static KEY: OnceLock<SpKey> = OnceLock::new();
        KEY.get_or_init(Self::rsa)
    }

    /// A new one.
    pub fn rsa() -> Self {
        let output = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=app"])
            .args(["-keyout", "-", "-out", "-"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("openssl does not start: {error}; `tests/run` installs it"));
        let text = String::from_utf8(output.stdout).unwrap();
        let at = text.find("-----BEGIN CERTIFICATE-----").unwrap();
        Self { key: text[..at].to_owned(), certificate: text[at..].to_owned() }
    }

    /// The certificate as it stands in metadata.
    pub fn base64(&self) -> String {
        self.certificate.lines().filter(|line| !line.starts_with("-----")).collect()
    }
}
