//! Which hosts are on loopback.

use url::{Host, Url};

/// Whether the host is a loopback address, or the name of one (RFC 6761 §6.3).
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether the URL's host is on loopback.
pub fn names_loopback(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host))
}
