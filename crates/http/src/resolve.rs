//! Name resolution that returns only allowed addresses. The rule is therefore checked after DNS, for every
//! connection.

use std::{error::Error as StdError, fmt, future::Future, io, net::SocketAddr, pin::Pin, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;

/// Looks up the addresses of a name.
///
/// The addresses that it returns are checked afterward. A name can therefore not lead to an address that is not
/// allowed, even if its address changes between two lookups (DNS rebinding).
pub trait Lookup: Send + Sync {
    /// Starts to look up the addresses of this name.
    fn addresses(&self, host: String) -> Addresses;
}

/// The addresses of a name, when they are known.
pub type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// The system's resolver.
pub(crate) struct System;

impl Lookup for System {
    fn addresses(&self, host: String) -> Addresses {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
    }
}

/// Which of a name's addresses are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Any,
    Public,
    Loopback,
}

impl Allowed {
    fn holds(self, address: &SocketAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Public => is_public(address.ip()),
            Self::Loopback => address.ip().is_loopback(),
        }
    }
}

/// A resolver that leaves out the addresses that are not allowed.
pub(crate) struct Filtered {
    pub lookup: Arc<dyn Lookup>,
    pub allowed: Allowed,
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let (answer, allowed) = (self.lookup.addresses(name.as_str().to_owned()), self.allowed);
        Box::pin(async move {
            let mut addresses = answer.await?;
            if addresses.is_empty() {
                return Err("the name has no address".into());
            }
            addresses.retain(|address| allowed.holds(address));
            if addresses.is_empty() {
                return Err(NotAllowed(allowed).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The name has addresses, but no allowed ones.
#[derive(Debug)]
pub(crate) struct NotAllowed(pub Allowed);

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Allowed::Any => "the name has no address",
            Allowed::Public => "the name leads to private addresses only",
            Allowed::Loopback => "the name does not lead to loopback",
        })
    }
}

impl StdError for NotAllowed {}
