//! Limits how often one credential may begin SSO logins.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use tower_sso_core::{Digest, internal::later};

/// A rate: a burst at once, then one more in each interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) interval: Duration,
}

/// Counts by key, on this node. The number of keys is bounded: when the map is full of keys that still count, a new
/// key is refused.
#[derive(Default)]
pub(crate) struct Limiter(Mutex<HashMap<Digest, SystemTime, foldhash::quality::RandomState>>);

impl Limiter {
    const MOST: usize = 100_000;

    /// Whether one more is allowed now. This is the generic cell rate algorithm, which stores one time for each key.
    pub(crate) fn allows(&self, key: Digest, rate: Rate, now: SystemTime) -> bool {
        self.allows_many(key, 1, rate, now)
    }

    /// Whether `times` more are allowed now. Either all of them are allowed and counted, or none of them.
    pub(crate) fn allows_many(&self, key: Digest, times: u32, rate: Rate, now: SystemTime) -> bool {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= Self::MOST && !keys.contains_key(&key) {
            keys.retain(|_, free_at| *free_at > now);
            if keys.len() >= Self::MOST {
                return false;
            }
        }
        let full = later(now, rate.interval * rate.burst);
        let free_at = keys.entry(key).or_insert(now);
        // A later time comes from a clock that was ahead, and says nothing.
        if *free_at < now || *free_at > full {
            *free_at = now;
        }
        let next = later(*free_at, rate.interval.saturating_mul(times));
        let allowed = next <= full;
        if allowed {
            *free_at = next;
        }
        allowed
    }

    /// Takes back `times` that were allowed before.
    #[cfg(any(feature = "saml", test))]
    pub(crate) fn give_back(&self, key: Digest, times: u32, rate: Rate) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free_at) = keys.get_mut(&key) {
            *free_at = free_at.checked_sub(rate.interval.saturating_mul(times)).unwrap_or(*free_at);
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limiter")
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_limiter_allows_a_burst_and_then_one_per_interval_for_each_key() {
        let (limiter, rate) = (Limiter::default(), Rate { burst: 3, interval: Duration::from_secs(2) });
        let (one, other) = (Digest::of("a", &["1"]), Digest::of("a", &["2"]));
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let allowed = (0..5).filter(|_| limiter.allows(one, rate, now)).count();
        assert_eq!(allowed, 3);
        assert!(limiter.allows(other, rate, now));
        assert!(!limiter.allows(one, rate, now + Duration::from_secs(1)));
        assert!(limiter.allows(one, rate, now + Duration::from_secs(2)));
        assert!(!limiter.allows(one, rate, now + Duration::from_secs(2)));
    }

    #[test]
    fn a_batch_is_allowed_whole_or_not_at_all_and_can_be_given_back() {
        let (limiter, rate) = (Limiter::default(), Rate { burst: 10, interval: Duration::from_secs(1) });
        let (key, now) = (Digest::of("a", &["1"]), UNIX_EPOCH + Duration::from_secs(1000));
        assert!(!limiter.allows_many(key, 11, rate, now), "never so many at once");
        assert!(limiter.allows_many(key, 8, rate, now));
        assert!(!limiter.allows_many(key, 3, rate, now));
        assert!(limiter.allows_many(key, 2, rate, now), "the refused ones took nothing");
        assert!(!limiter.allows(key, rate, now));
        limiter.give_back(key, 5, rate);
        assert!(limiter.allows_many(key, 5, rate, now));
        assert!(!limiter.allows(key, rate, now));
        assert!(limiter.allows_many(key, 4, rate, now + Duration::from_secs(4)));
        limiter.give_back(Digest::of("a", &["unknown"]), 5, rate);
    }

    #[test]
    fn a_clock_that_was_ahead_delays_no_limited_key() {
        let (limiter, rate) = (Limiter::default(), Rate { burst: 3, interval: Duration::from_secs(2) });
        let (key, now) = (Digest::of("a", &["1"]), UNIX_EPOCH + Duration::from_secs(1000));
        assert!(limiter.allows_many(key, 3, rate, now + Duration::from_secs(24 * 60 * 60)));
        // The clock is right again.
        assert!(limiter.allows_many(key, 3, rate, now));
        assert!(!limiter.allows(key, rate, now), "the twin");
    }

    /// A refused key delays one SSO login; a map without a bound would affect everyone.
    #[test]
    fn a_full_limiter_refuses_new_keys_until_old_ones_expire() {
        let (limiter, rate) = (Limiter::default(), Rate { burst: 2, interval: Duration::from_secs(2) });
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        let key = |n: usize| Digest::of("a", &[&n.to_string()]);
        for n in 0..Limiter::MOST {
            assert!(limiter.allows(key(n), rate, now));
        }
        assert!(!limiter.allows(key(Limiter::MOST), rate, now), "full");
        assert!(limiter.allows(key(0), rate, now), "who is known counts as before");
        assert!(!limiter.allows(key(0), rate, now));
        // After two seconds every key except the first has its burst again and makes room.
        let later = now + Duration::from_secs(2);
        assert!(limiter.allows(key(Limiter::MOST), rate, later));
        assert!(!limiter.allows(key(0), rate, later - Duration::from_millis(1)), "the first was kept");
        assert_eq!(limiter.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn debug_output_of_a_limiter_contains_no_key() {
        assert_eq!(format!("{:?}", Limiter::default()), "Limiter");
    }
}
