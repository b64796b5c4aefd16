//! The SAML service providers that the provider knows.

/// An app whose users log in with SSO here by SAML. Its response and its assertion are both signed, and not encrypted, unless
/// said otherwise.
#[derive(Clone, Debug)]
pub struct TestServiceProvider {
    pub(crate) entity_id: String,
    pub(crate) acs: String,
    pub(crate) signed: SamlSigned,
    pub(crate) cipher: Option<SamlCipher>,
    pub(crate) encryption_key: Option<String>,
    pub(crate) signing_key: Option<String>,
    pub(crate) logout: Option<LogoutService>,
    pub(crate) name_id_format: String,
    pub(crate) starts_here: bool,
}

/// What of an answer is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SamlSigned {
    /// The response alone.
    Response,
    /// The assertion alone.
    Assertion,
    /// Both.
    Both,
}

/// How a message travels through the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SamlBinding {
    /// In the query of an address (SAML bindings §3.4).
    Redirect,
    /// In a form that is posted (§3.5).
    Post,
}

/// How an assertion is encrypted; its key always by RSA-OAEP with SHA-1 and MGF1 (`rsa-oaep-mgf1p`), as nearly
/// everybody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SamlCipher {
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// AES-128-CBC.
    Aes128Cbc,
    /// AES-256-CBC.
    Aes256Cbc,
}

/// Where a service provider takes logout messages.
#[derive(Clone, Debug)]
pub(crate) struct LogoutService {
    pub(crate) address: String,
    pub(crate) binding: SamlBinding,
}

const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

impl TestServiceProvider {
    /// A service provider by its entity ID and the one address that answers are posted to.
    pub fn new(entity_id: impl Into<String>, acs: impl Into<String>) -> Self {
        Self {
            entity_id: entity_id.into(),
            acs: acs.into(),
            signed: SamlSigned::Both,
            cipher: None,
            encryption_key: None,
            signing_key: None,
            logout: None,
            name_id_format: EMAIL_ADDRESS.to_owned(),
            starts_here: false,
        }
    }

    /// What is signed; both by default.
    #[must_use]
    pub fn signed(mut self, signed: SamlSigned) -> Self {
        self.signed = signed;
        self
    }

    /// Encrypts assertions for this RSA key: a certificate or a public key as PEM.
    #[must_use]
    pub fn encrypt(mut self, cipher: SamlCipher, pem: impl Into<String>) -> Self {
        (self.cipher, self.encryption_key) = (Some(cipher), Some(pem.into()));
        self
    }

    /// Takes requests, and logout messages, only if they are signed by this key: a certificate or a public key as PEM.
    #[must_use]
    pub fn require_signed_requests(mut self, pem: impl Into<String>) -> Self {
        self.signing_key = Some(pem.into());
        self
    }

    /// Takes part in single logout (SAML profiles §4.4): where it takes logout messages, and how they get there. Its own
    /// come to [`RunningIdp::saml_slo_url`](crate::RunningIdp::saml_slo_url), by either binding.
    #[must_use]
    pub fn single_logout(mut self, address: impl Into<String>, binding: SamlBinding) -> Self {
        self.logout = Some(LogoutService { address: address.into(), binding });
        self
    }

    /// The NameID's format if a request asks for no format; `emailAddress` by default.
    #[must_use]
    pub fn name_id_format(mut self, format: impl Into<String>) -> Self {
        self.name_id_format = format.into();
        self
    }

    /// Appears on the front page: an SSO login can start here, without a request (SAML profiles §4.1.5).
    #[must_use]
    pub fn starts_here(mut self) -> Self {
        self.starts_here = true;
        self
    }

    /// What it is called.
    pub(crate) fn entity_id(&self) -> &str {
        &self.entity_id
    }
}
