//! Serves the provider, on loopback only.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use tokio::{
    net::{TcpListener, ToSocketAddrs},
    sync::oneshot,
};

use crate::{
    endpoint_lies::change_answer,
    front_page,
    guard::{Mount, guard},
    idp::TestIdp,
    oidc::{authorize, discovery, pushed, token, userinfo},
    running::RunningIdp,
    saml::{metadata, slo, sso},
};

impl TestIdp {
    /// Returns the provider as a router, for an app that has its own listener. Several providers can be nested, each
    /// under a path.
    ///
    /// The router answers 403 unless the peer and the `Host` header are loopback. Therefore serve it with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. The issuer is the address of the request, unless the
    /// builder set an issuer.
    pub fn router(&self) -> Router {
        self.router_at(None)
    }

    /// Serves on an address, such as `127.0.0.1:0` for any free port.
    ///
    /// # Errors
    /// Returns an error if the address is not available or is not loopback.
    pub async fn serve(&self, address: impl ToSocketAddrs) -> io::Result<RunningIdp> {
        // Checks each address before it is bound: an address that is not loopback is never bound.
        let mut problem = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
        for address in tokio::net::lookup_host(address).await? {
            check(address)?;
            match TcpListener::bind(address).await {
                Ok(listener) => return self.serve_on(listener),
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    /// Serves on a listener.
    ///
    /// # Errors
    /// Returns an error if the listener is not on loopback.
    pub fn serve_on(&self, listener: TcpListener) -> io::Result<RunningIdp> {
        let address = listener.local_addr()?;
        check(address)?;
        let settings = self.settings();
        let host = match &settings.host_name {
            Some(host) => format!("{host}:{}", address.port()),
            None => address.to_string(),
        };
        let base = match &settings.issuer {
            Some(issuer) => issuer.trim_end_matches('/').to_owned(),
            None => format!("http://{host}{}", settings.path),
        };
        let issuer = self.issuer_at(&base);
        let mut router = self.router_at(Some(base));
        if !settings.path.is_empty() {
            router = Router::new().nest(&settings.path, router);
        }
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, service).with_graceful_shutdown(async {
                // An error means that the sender was dropped, which also stops the server.
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::error!(%error, "the test provider stopped");
            }
        });
        Ok(RunningIdp::new(self.clone(), issuer, address, stop, task))
    }

    fn router_at(&self, base: Option<String>) -> Router {
        let mount = Mount { idp: self.clone(), base };
        Router::new()
            .route("/", get(front_page::home))
            .route("/.well-known/openid-configuration", get(discovery::document))
            .route("/keys", get(discovery::keys))
            .route("/authorize", get(authorize::by_query).post(authorize::by_form))
            .route("/sign-in", post(front_page::submit))
            .route("/sign-out", get(front_page::sign_out))
            .route("/par", post(pushed::push))
            .route("/token", post(token::token))
            .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
            .route("/saml/metadata", get(metadata::metadata))
            .route("/saml/sso", get(sso::by_query).post(sso::by_form))
            .route("/saml/start", get(sso::start))
            .route("/saml/slo", get(slo::slo_by_query).post(slo::slo_by_form))
            .route("/saml/sign-out", get(slo::sign_out_everywhere))
            .fallback(|| async { StatusCode::NOT_FOUND })
            .layer(middleware::from_fn(change_answer))
            .layer(middleware::from_fn_with_state(mount, guard))
    }
}

fn check(address: SocketAddr) -> io::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let problem = format!("the test provider serves on loopback only, not on {address}");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{algorithm::SigningAlg, test_key::TestKey};

    fn idp() -> TestIdp {
        TestIdp::builder().key(TestKey::shared(SigningAlg::Es256).unwrap()).build().unwrap()
    }

    #[tokio::test]
    async fn a_listener_beyond_loopback_is_refused() {
        assert!(idp().serve("127.0.0.1:0").await.is_ok());
        assert_eq!(idp().serve("0.0.0.0:0").await.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        assert_eq!(idp().serve_on(listener).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[tokio::test]
    async fn a_stopped_provider_stops_answering_and_frees_its_address() {
        let running = idp().serve("127.0.0.1:0").await.unwrap();
        let (address, url) = (running.address(), format!("{}/keys", running.issuer()));
        let client = reqwest::Client::new();
        assert!(client.get(&url).send().await.is_ok());
        running.stop().await;
        assert!(client.get(&url).send().await.is_err());
        let again = idp().serve(address).await.unwrap();
        assert_eq!(again.address(), address);
        assert!(client.get(&url).send().await.is_ok());
    }
}
