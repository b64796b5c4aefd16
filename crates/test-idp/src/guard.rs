//! Refuses every request that does not come from this machine.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, OriginalUri, Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{here::Here, idp::TestIdp, loopback::is_loopback_host};

/// The provider that the router serves, and its address.
#[derive(Clone)]
pub(crate) struct Mount {
    pub(crate) idp: TestIdp,
    /// The provider's address, if it is already known.
    pub(crate) base: Option<String>,
}

/// Counts the request, refuses peers that are not on this machine, and adds [`Here`] to the request.
pub(crate) async fn guard(State(mount): State<Mount>, mut request: Request, next: Next) -> Response {
    mount.idp.count(request.uri().path());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let Some(peer) = peer else {
        return refused(
            "This provider serves loopback only and can't see who is asking: serve the router with \
             `into_make_service_with_connect_info::<SocketAddr>()`.",
        );
    };
    if !peer.ip().to_canonical().is_loopback() {
        return refused("This provider serves loopback only.");
    }
    let Some(authority) = authority(request.headers(), request.uri()) else {
        return refused("This provider serves loopback only: the Host header must name it.");
    };
    let base = match (&mount.idp.settings().issuer, mount.base) {
        (Some(issuer), _) => issuer.trim_end_matches('/').to_owned(),
        (None, Some(base)) => base,
        (None, None) => format!("http://{authority}{}", prefix(&request)),
    };
    let issuer = mount.idp.issuer_at(&base);
    request.extensions_mut().insert(Here { idp: mount.idp, base, issuer });
    next.run(request).await
}

fn authority(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok()?,
        (None, None) => uri.authority()?.as_str(),
        (Some(_), Some(_)) | (None, Some(_)) => return None,
    };
    is_loopback_host(host).then(|| host.to_owned())
}

/// Returns the path under which the router is nested.
fn prefix(request: &Request) -> String {
    let inner = request.uri().path();
    let outer = request.extensions().get::<OriginalUri>().map_or(inner, |uri| uri.path());
    outer.strip_suffix(inner).unwrap_or(outer).trim_end_matches('/').to_owned()
}

fn refused(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
}

impl TestIdp {
    /// The maximum number of paths that are counted. Further paths are not counted.
    const MAX_COUNTED_PATHS: usize = 1024;

    fn count(&self, path: &str) {
        let requests = &mut self.state().requests;
        if requests.len() < Self::MAX_COUNTED_PATHS || requests.contains_key(path) {
            *requests.entry(path.to_owned()).or_default() += 1;
        }
    }
}
