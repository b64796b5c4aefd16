//! A provider that is being served, and its addresses.

use std::{net::SocketAddr, ops::Deref, time::Duration};

use tokio::{sync::oneshot, task::JoinHandle};

use crate::{idp::TestIdp, tiles::start_url};

/// A provider that is being served. Stops when it is dropped. Everything that [`TestIdp`] can do, it can too.
#[derive(Debug)]
pub struct RunningIdp {
    idp: TestIdp,
    issuer: String,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl RunningIdp {
    /// The issuer, as the discovery document has it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The address it listens on.
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

    /// Where a client's tile on the front page leads: its
    /// [`initiate_login_uri`](crate::TestClient::initiate_login_uri) with `iss`, the user's email address as `login_hint`, and
    /// its [`tile_target`](crate::TestClient::tile_target) as `target_link_uri`. None for a client without a tile.
    #[must_use]
    pub fn tile(&self, client: &str, email: Option<&str>) -> Option<String> {
        self.tile_of(self.client(client)?, self.issuer(), email)
    }

    /// The entity ID as a SAML provider, which is the address of its metadata too.
    #[must_use]
    pub fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base())
    }

    /// The address that SAML requests are sent to, by either binding.
    #[must_use]
    pub fn saml_sso_url(&self) -> String {
        format!("{}/saml/sso", self.base())
    }

    /// The address that logout messages are sent to, by either binding.
    #[must_use]
    pub fn saml_slo_url(&self) -> String {
        format!("{}/saml/slo", self.base())
    }

    /// The address where a logout begins here, of which every app is told that takes part in
    /// [single logout](crate::TestServiceProvider::single_logout): without a user, the one who is signed in here in
    /// the browser that opens it, with a SessionIndex for each app; with a user's email address, that user in every
    /// browser, without a SessionIndex.
    #[must_use]
    pub fn saml_sign_out_url(&self, user: Option<&str>) -> String {
        let user =
            user.map(|email| url::form_urlencoded::byte_serialize(email.as_bytes()).collect::<String>());
        let query = user.map_or_else(String::new, |user| format!("?user={user}"));
        format!("{}/saml/sign-out{query}", self.base())
    }

    /// Where an SSO login starts here, at a service provider that [allows it](crate::TestServiceProvider::starts_here).
    #[must_use]
    pub fn saml_start_url(&self, service_provider: &str) -> String {
        start_url(self.base(), service_provider)
    }

    fn base(&self) -> &str {
        self.issuer().trim_end_matches('/')
    }

    /// Stops: no connection is taken any more, and those that are open end. The address can be served on again.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        // An answer that never ends must not hold it up.
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
