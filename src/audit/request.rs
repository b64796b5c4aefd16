//! What is known about the current request: who acts, from which network, and for which connection.
//!
//! It is kept in a task-local variable, so that each event that is recorded during the request gets it, without passing
//! it through every function.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use crate::connection::checked::Connection;
use tower_sso_core::{
    AccountId, Protocol,
    keys::KeyRing,
    session::{ConnectionVersion, SsoSession},
};

tokio::task_local! {
    static REQUEST: RequestContext;
}

/// The value of the task-local variable.
#[derive(Default)]
struct RequestContext {
    actor: Option<AccountId>,
    network: Option<Network>,
    connection: Mutex<Option<AuditedConnection>>,
}

/// The address that a request came from, as the app knows it. An app that wants the network in its audit events puts
/// this value into the request's extensions, outside the layer and the SSO routes.
///
/// ```
/// use std::net::SocketAddr;
/// use tower_sso::audit::ClientAddress;
///
/// /// Call this before the request reaches the layer. Behind a proxy, the address is in a header of the proxy. Trust
/// /// the header only if the proxy overwrites what the client sent.
/// fn note<B>(request: &mut http::Request<B>, peer: SocketAddr) {
///     request.extensions_mut().insert(ClientAddress(peer.ip()));
/// }
/// # let _ = note::<()>;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// A network address that is shortened so that it identifies no subscriber: the first 24 bits of an IPv4 address, or
/// the first 48 bits of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// Returns the network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(ip) => {
                let [a, b, c, ..] = ip.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        })
    }
}

/// Formats the network in CIDR notation: `203.0.113.0/24`, `2001:db8:7::/48`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, if self.0.is_ipv4() { 24 } else { 48 })
    }
}

/// The connection that an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditedConnection {
    /// The connection's protocol.
    pub protocol: Protocol,
    /// The connection's version at that time.
    pub version: ConnectionVersion,
}

impl AuditedConnection {
    /// Returns the protocol of a connection, and its version under the current key of the ring.
    #[must_use]
    pub fn of(connection: &Connection, keys: &KeyRing) -> Self {
        Self { protocol: connection.protocol(), version: connection.version(keys) }
    }
}

impl From<&SsoSession> for AuditedConnection {
    fn from(session: &SsoSession) -> Self {
        Self { protocol: session.protocol, version: session.connection }
    }
}

/// Runs some work. Each event that is recorded during the work names the actor and the network.
pub(crate) async fn with_request_context<F: Future>(
    actor: Option<AccountId>,
    network: Option<Network>,
    work: F,
) -> F::Output {
    REQUEST.scope(RequestContext { actor, network, ..RequestContext::default() }, work).await
}

/// Returns the network of the current request, if the app provided its address.
#[cfg(feature = "saml")]
pub(crate) fn network() -> Option<Network> {
    REQUEST.try_with(|known| known.network).ok().flatten()
}

/// Records that the current request is about this connection.
pub(crate) fn note_connection(connection: &Connection, keys: &KeyRing) {
    // Outside a request there is nowhere to remember the connection.
    let _ = REQUEST.try_with(|known| {
        let audited = AuditedConnection::of(connection, keys);
        *known.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(audited);
    });
}

/// A copy of what is known about the current request.
#[derive(Default)]
pub(crate) struct CurrentRequest {
    pub(crate) actor: Option<AccountId>,
    pub(crate) network: Option<Network>,
    pub(crate) connection: Option<AuditedConnection>,
}

/// Returns what is known about the current request. Outside a request nothing is known.
pub(crate) fn current_request() -> CurrentRequest {
    let known = REQUEST.try_with(|known| CurrentRequest {
        actor: known.actor.clone(),
        network: known.network,
        connection: *known.connection.lock().unwrap_or_else(PoisonError::into_inner),
    });
    known.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shortened_to_its_network() {
        for (address, network) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("127.0.0.1", "127.0.0.0/24"),
            ("2001:db8:7:1:2:3:4:5", "2001:db8:7::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(Network::of(address.parse().unwrap()).to_string(), network);
        }
    }
}
