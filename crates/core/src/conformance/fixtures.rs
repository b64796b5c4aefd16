//! What the rules share: times and digests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::digest::Digest;

/// A time, in seconds after one that is the same for all tests, and ahead of any clock that a store may have itself.
pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(4_000_000_000 + seconds)
}

pub(crate) fn digest(name: &str) -> Digest {
    Digest::of("contract", &[name])
}
