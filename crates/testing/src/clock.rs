//! A clock that tests set.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tower_sso_core::Clock;

/// A time in 2026, in seconds since 1970.
pub const NOW: u64 = 1_780_000_000;

/// Returns a time, in seconds since 1970.
pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A clock whose time changes only when a test sets or advances it.
///
/// ```
/// use std::time::Duration;
///
/// use tower_sso_testing::clock::{NOW, TestClock, at};
///
/// let (time, clock) = TestClock::new();
/// assert_eq!(clock.now(), at(NOW));
/// time.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), at(NOW + 60));
/// ```
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    /// Returns the handle that sets the time, which is [`NOW`] at first, and the clock for the code that is tested.
    pub fn new() -> (Self, Clock) {
        let time = Arc::new(Mutex::new(at(NOW)));
        let read = Arc::clone(&time);
        (Self(time), Clock::from_fn(move || *read.lock().expect("the time")))
    }

    /// Sets the time, forward or back.
    pub fn set(&self, time: SystemTime) {
        *self.0.lock().expect("the time") = time;
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().expect("the time") += by;
    }
}
