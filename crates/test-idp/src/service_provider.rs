//! The SAML service providers that the provider knows.

/// An app whose users log in with SSO by SAML. Unless set otherwise, the response and the assertion are both signed,
/// and the assertion is not encrypted.
///
/// ```
/// use tower_sso_test_idp::{SamlBinding, SamlSigned, TestServiceProvider};
///
/// let at = "http://127.0.0.1:8080/sso/1";
/// let hub = TestServiceProvider::new(format!("{at}/metadata"))
///     .acs(format!("{at}/acs"))
///     .signed(SamlSigned::Assertion)
///     .single_logout(format!("{at}/slo"), SamlBinding::Post)
///     .starts_here();
/// ```
///
/// The app gets the provider's settings from its metadata, at
/// [`RunningIdp::saml_entity_id`](crate::RunningIdp::saml_entity_id), or from the three values that an administrator
/// copies: the entity ID, [`RunningIdp::saml_sso_url`](crate::RunningIdp::saml_sso_url) and
/// [`TestIdp::certificate_pem`](crate::TestIdp::certificate_pem).
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

/// Which part of a SAML response is signed.
///
/// Providers differ. An app must accept what its connection says and no less: if only the response is signed, the
/// assertion is covered by that signature; if only the assertion is signed, nothing in the response around it is
/// proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SamlSigned {
    /// Only the response.
    Response,
    /// Only the assertion.
    Assertion,
    /// Both.
    Both,
}

/// The binding by which a message is sent through the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SamlBinding {
    /// HTTP Redirect: in the query of an address (SAML bindings §3.4).
    Redirect,
    /// HTTP POST: in a form that is posted (SAML bindings §3.5).
    Post,
}

/// How an assertion is encrypted. Its key is always encrypted by RSA-OAEP with SHA-1 and MGF1 (`rsa-oaep-mgf1p`), as
/// nearly all providers do.
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

/// Where a service provider receives logout messages.
#[derive(Clone, Debug)]
pub(crate) struct LogoutService {
    pub(crate) address: String,
    pub(crate) binding: SamlBinding,
}

const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

impl TestServiceProvider {
    /// Returns a service provider with its entity ID. It also needs an [ACS address](Self::acs).
    pub fn new(entity_id: impl Into<String>) -> Self {
        Self {
            entity_id: entity_id.into(),
            acs: String::new(),
            signed: SamlSigned::Both,
            cipher: None,
            encryption_key: None,
            signing_key: None,
            logout: None,
            name_id_format: EMAIL_ADDRESS.to_owned(),
            starts_here: false,
        }
    }

    /// Sets the one address that responses are posted to (the assertion consumer service).
    #[must_use]
    pub fn acs(mut self, acs: impl Into<String>) -> Self {
        self.acs = acs.into();
        self
    }

    /// Sets what is signed. The default is both.
    #[must_use]
    pub fn signed(mut self, signed: SamlSigned) -> Self {
        self.signed = signed;
        self
    }

    /// Encrypts assertions for this RSA key, which is a certificate or a public key as PEM.
    ///
    /// [`SamlLie::NotEncrypted`](crate::SamlLie::NotEncrypted) then tests that the app insists on it.
    #[must_use]
    pub fn encrypt(mut self, cipher: SamlCipher, pem: impl Into<String>) -> Self {
        (self.cipher, self.encryption_key) = (Some(cipher), Some(pem.into()));
        self
    }

    /// Accepts requests and logout messages only if they are signed with this key, which is a certificate or a public
    /// key as PEM.
    #[must_use]
    pub fn require_signed_requests(mut self, pem: impl Into<String>) -> Self {
        self.signing_key = Some(pem.into());
        self
    }

    /// Takes part in single logout (SAML profiles §4.4): sets where and by which binding the service provider receives
    /// logout messages. The service provider sends its own messages to
    /// [`RunningIdp::saml_slo_url`](crate::RunningIdp::saml_slo_url), by either binding.
    #[must_use]
    pub fn single_logout(mut self, address: impl Into<String>, binding: SamlBinding) -> Self {
        self.logout = Some(LogoutService { address: address.into(), binding });
        self
    }

    /// Sets the NameID's format for requests that ask for no format. The default is `emailAddress`.
    #[must_use]
    pub fn name_id_format(mut self, format: impl Into<String>) -> Self {
        self.name_id_format = format.into();
        self
    }

    /// Shows the service provider on the front page: an SSO login can start there, without a request (SAML profiles
    /// §4.1.5).
    #[must_use]
    pub fn starts_here(mut self) -> Self {
        self.starts_here = true;
        self
    }

    /// Returns the name to display.
    pub(crate) fn entity_id(&self) -> &str {
        &self.entity_id
    }
}
