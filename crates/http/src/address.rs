//! Decides which addresses a request may connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Which addresses a request may connect to.
///
/// Whatever the reach is, only `https`, or `http` on loopback, is allowed. An address that only an administrator of an
/// organization has chosen must not become a way into the operator's own network (server-side request forgery).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Anywhere, because the operator chose the provider.
    Anywhere,
    /// To public addresses only, because somebody other than the operator chose the provider.
    PublicOnly,
}

/// Returns the IP address if the URL contains one instead of a name. Nothing is then resolved.
pub fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Returns whether the address is on the public network, according to the IANA special-purpose registries (RFC 6890).
///
/// Loopback, private, link-local, carrier-grade NAT, documentation, multicast and reserved addresses are not public. An
/// IPv6 address that contains an IPv4 address is as public as that one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127, ..] => false,
        // Carrier-grade NAT (RFC 6598).
        [100, b, ..] => !(64..128).contains(&b),
        [169, 254, ..] | [192, 168, ..] => false,
        [172, b, ..] => !(16..32).contains(&b),
        // Protocol assignments, documentation, 6to4 relays, benchmarking.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            false
        }
        // Multicast, reserved, broadcast.
        [first, ..] => first < 224,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // An address that contains an IPv4 address leads to it: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(embedded(high, low))
        }
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Local-use NAT64, Teredo and other protocol assignments, documentation.
        [0x64, 0xff9b, ..] => false,
        [0x2001, second, ..] if second < 0x200 => false,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast is 2000::/3; unique local, link-local, site-local, multicast and the rest are not.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_public_network_are_public() {
        for address in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.1.0.1",
            "223.255.255.255",
        ]
        .into_iter()
        .chain([
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::",
        ]) {
            assert!(is_public(address.parse().expect(address)), "{address}");
        }
    }

    #[test]
    fn every_address_outside_of_the_public_network_is_private() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "4000::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().expect(address)), "{address}");
        }
    }
}
