//! Limits how often a password can be tried.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tower_sso::audit::ClientAddress;

/// How many keys a limiter remembers before those that are free again are dropped.
const KEYS: usize = 10_000;

/// The limits: one for each email address, and one for each network that asks.
pub(crate) struct Attempts {
    emails: DefaultKeyedRateLimiter<String>,
    networks: DefaultKeyedRateLimiter<[u8; 8]>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            // Ten at once, and then one every six seconds.
            emails: RateLimiter::keyed(quota(Duration::from_secs(6), 10)),
            // A network may have many people in it.
            networks: RateLimiter::keyed(quota(Duration::from_secs(1), 60)),
        }
    }
}

fn quota(period: Duration, burst: u32) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(period).unwrap_or(Quota::per_minute(burst)).allow_burst(burst)
}

impl Attempts {
    /// Returns whether a password for this email address may be tried from this address now, and counts it.
    pub(crate) fn allow(&self, email: &str, from: Option<&ClientAddress>) -> bool {
        self.forget();
        // A request without a known address is counted with all others of that kind.
        let network = from.map_or([0; 8], |ClientAddress(address)| network(*address));
        let email = email.trim().to_lowercase();
        self.networks.check_key(&network).is_ok() && self.emails.check_key(&email).is_ok()
    }

    /// Drops keys that are as free as if they had never been used.
    fn forget(&self) {
        if self.emails.len() > KEYS {
            self.emails.retain_recent();
        }
        if self.networks.len() > KEYS {
            self.networks.retain_recent();
        }
    }
}

/// Returns the network of an address: the address itself, or 64 bits of an IPv6 address, which one customer has.
fn network(address: IpAddr) -> [u8; 8] {
    let bits = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits() as u64,
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    };
    bits.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> ClientAddress {
        ClientAddress(address.parse().unwrap())
    }

    #[test]
    fn passwords_of_one_account_are_tried_ten_times_and_others_are_not_affected() {
        let attempts = Attempts::default();
        let tries = |email: &str, address: &str| attempts.allow(email, Some(&from(address)));
        for _ in 0..10 {
            assert!(tries("ada@acme.example", "192.0.2.1"));
        }
        // From elsewhere, and in another spelling, it is still the same account.
        assert!(!tries("ada@acme.example", "192.0.2.1") && !tries(" ADA@acme.example", "198.51.100.7"));
        assert!(tries("bob@acme.example", "192.0.2.1"), "the twin");
    }

    #[test]
    fn one_network_tries_sixty_times_and_others_are_not_affected() {
        let attempts = Attempts::default();
        let tries = |number: u32, address: &str| {
            attempts.allow(&format!("{number}@acme.example"), Some(&from(address)))
        };
        let allowed = (0..200).filter(|number| tries(*number, "2001:db8:0:1::1")).count();
        assert!((60..70).contains(&allowed), "{allowed}");
        assert!(!tries(300, "2001:db8:0:1:ffff::2"), "the same network");
        assert!(tries(301, "2001:db8:0:2::1") && tries(302, "192.0.2.1"), "the twins");
    }
}
