//! A provider that is being served, and its addresses.

use std::{net::SocketAddr, ops::Deref, time::Duration};

use tokio::{sync::oneshot, task::JoinHandle};

use crate::{idp::TestIdp, tiles::start_url};

/// A provider that is being served. It stops when it is dropped. It dereferences to [`TestIdp`] and has all its
/// methods.
///
/// ```
/// use tower_sso_test_idp::{SigningAlg, TestIdp, TestKey};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = TestIdp::builder().key(TestKey::shared(SigningAlg::Es256)?).build()?;
/// let running = idp.serve("127.0.0.1:0").await?;
/// let address = running.address();
/// running.stop().await; // an app must now answer that the provider can't be reached
/// let again = idp.serve(&address.to_string()).await?; // the same provider, with the same keys and users
/// assert_eq!(again.address(), address);
/// # Ok(()) }
/// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
/// ```
#[derive(Debug)]
pub struct RunningIdp {
    idp: TestIdp,
    issuer: String,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl RunningIdp {
    /// Returns the issuer, as in the discovery document.
    ///
    /// This is the one value that an app's OpenID Connect connection needs beside the client's id and secret.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the address that the provider listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn new(
        idp: TestIdp,
        issuer: String,
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        task: JoinHandle<()>,
    ) -> Self {
        Self { idp, issuer, address, stop: Some(stop), task }
    }

    /// Returns the address of a client's tile on the front page: the client's
    /// [`initiate_login_uri`](crate::TestClient::initiate_login_uri) with `iss`, the user's email address as
    /// `login_hint`, and the client's [`tile_target`](crate::TestClient::tile_target) as `target_link_uri`. Returns
    /// `None` if the client has no tile.
    #[must_use]
    pub fn tile(&self, client: &str, email: Option<&str>) -> Option<String> {
        self.tile_of(self.client(client)?, self.issuer(), email)
    }

    /// Returns the entity ID of the SAML provider, which is also the address of its metadata.
    #[must_use]
    pub fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base())
    }

    /// Returns the address for SAML requests, by either binding.
    #[must_use]
    pub fn saml_sso_url(&self) -> String {
        format!("{}/saml/sso", self.base())
    }

    /// Returns the address for logout messages, by either binding.
    #[must_use]
    pub fn saml_slo_url(&self) -> String {
        format!("{}/saml/slo", self.base())
    }

    /// Returns the address that starts a logout at the provider. The provider tells every app that takes part in
    /// [single logout](crate::TestServiceProvider::single_logout). Without a user, the address logs out the user who is
    /// signed in to the provider in the browser that opens it, and each app gets a SessionIndex. With a user's email
    /// address, it logs out that user in every browser, and the apps get no SessionIndex.
    #[must_use]
    pub fn saml_sign_out_url(&self, user: Option<&str>) -> String {
        let user =
            user.map(|email| url::form_urlencoded::byte_serialize(email.as_bytes()).collect::<String>());
        let query = user.map_or_else(String::new, |user| format!("?user={user}"));
        format!("{}/saml/sign-out{query}", self.base())
    }

    /// Returns the address that starts an SSO login at the provider, for a service provider that [allows
    /// it](crate::TestServiceProvider::starts_here).
    ///
    /// The app then gets a response to no request. It must refuse it unless its connection allows that.
    #[must_use]
    pub fn saml_start_url(&self, service_provider: &str) -> String {
        start_url(self.base(), service_provider)
    }

    fn base(&self) -> &str {
        self.issuer().trim_end_matches('/')
    }

    /// Stops the provider: it accepts no more connections and closes the open ones. The address can then be used again.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        // A response that never ends must not delay this.
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.task).await;
        self.task.abort();
    }
}

impl Deref for RunningIdp {
    type Target = TestIdp;

    fn deref(&self) -> &TestIdp {
        &self.idp
    }
}
