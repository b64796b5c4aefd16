//! Times and digests that the rules share.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::digest::Digest;

/// Returns a time, in seconds after a start that is the same for all tests. It is ahead of any clock that a store may
/// have.
pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(4_000_000_000 + seconds)
}

pub(crate) fn digest(name: &str) -> Digest {
    Digest::of("contract", &[name])
}
