//! Decides which hosts are this machine.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Returns whether a host, with or without a port, is this machine.
pub(crate) fn is_loopback_host(authority: &str) -> bool {
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_fits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    // Parsed literally: `url` would read `127.1` as 127.0.0.1, and no browser sends that.
    let is_loopback = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse().is_ok_and(|host: Ipv6Addr| host.is_loopback()),
        // RFC 6761 §6.3.
        None => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse().is_ok_and(|host: Ipv4Addr| host.is_loopback())
        }
    };
    port_fits && is_loopback
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
