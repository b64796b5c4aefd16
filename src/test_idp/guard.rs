//! Nobody but this machine: every request passes here first.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, OriginalUri, Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Host;

use crate::{
    loopback::is_loopback,
    test_idp::{idp::TestIdp, oddity::Oddity},
};

/// A provider as one request finds it.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) idp: TestIdp,
    /// The address of the provider, without a slash at its end.
    pub(super) base: String,
    pub(super) issuer: String,
}

/// What the router is made for.
#[derive(Clone)]
pub(super) struct Mount {
    pub(super) idp: TestIdp,
    /// The address, if it is known already.
    pub(super) base: Option<String>,
}

/// Counts the request, refuses whoever is not on this machine, and says at which address the provider stands.
pub(super) async fn guard(State(mount): State<Mount>, mut request: Request, next: Next) -> Response {
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

/// Whether a host, with or without a port, is a name of this machine.
pub(super) fn is_loopback_host(authority: &str) -> bool {
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_fits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    // Read to the letter: `url` would take `127.1` for 127.0.0.1, and no browser sends that.
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse().ok().map(Host::Ipv6),
        None => Some(host.parse().map_or(Host::Domain(host), Host::Ipv4)),
    };
    port_fits && host.is_some_and(|host| is_loopback(&host))
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

/// The path under which the router is nested.
fn prefix(request: &Request) -> String {
    let inner = request.uri().path();
    let outer = request.extensions().get::<OriginalUri>().map_or(inner, |uri| uri.path());
    outer.strip_suffix(inner).unwrap_or(outer).trim_end_matches('/').to_owned()
}

fn refused(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
}

impl TestIdp {
    /// Beyond this many paths, others are not counted.
    const PATHS: usize = 1024;

    fn count(&self, path: &str) {
        let requests = &mut self.state().requests;
        if requests.len() < Self::PATHS || requests.contains_key(path) {
            *requests.entry(path.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn issuer_at(&self, base: &str) -> String {
        let slash = if self.is_odd(Oddity::TrailingSlash) { "/" } else { "" };
        self.settings().issuer.clone().unwrap_or_else(|| format!("{base}{slash}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.1:1234", "[::1]", "[::1]:8080"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "acme.example",
            "localhost.acme.example",
            "127.0.0.1.acme.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]:80",
            "::1",
            "localhost:80:80",
            "localhost@acme.example",
            "user@localhost",
            "localhost/x",
            "127.1",
            "[::1].acme.example",
            "localhost:80x",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
