//! The clock. No rule reads the time itself: `now` is an argument, and the only clock is in the builder.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time. The default is the system's clock; tests use their own.
#[derive(Clone)]
pub struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    /// Returns the system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// Returns a clock that calls a function, for tests.
    pub fn from_fn(read: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(read)))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.0.as_ref().map_or_else(SystemTime::now, |read| read())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Clock(custom)" } else { "Clock(system)" })
    }
}

/// Returns `at + by`, or the latest representable time: a huge duration never wraps and never panics.
pub fn later(at: SystemTime, by: Duration) -> SystemTime {
    at.checked_add(by).map_or_else(far, |at| at.min(far()))
}

/// The year 9999, which is later than any lifetime that tower-sso grants.
fn far() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(253_370_764_800)
}

/// Formats a time as RFC 3339 in UTC, to the second.
pub fn rfc3339(at: SystemTime) -> String {
    let at = at.clamp(UNIX_EPOCH, far());
    humantime::format_rfc3339_seconds(at).to_string()
}

/// Serializes a time as whole milliseconds since 1970, for stores.
pub mod millis {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::time::later;

    /// Writes the milliseconds.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn serialize<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        serializer.serialize_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Reads the milliseconds.
    ///
    /// # Errors
    /// Returns the deserializer's error.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        let millis = u64::deserialize(deserializer)?;
        Ok(later(UNIX_EPOCH, Duration::from_millis(millis)))
    }
}

/// Like [`millis`], for an optional time.
pub mod millis_opt {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::time::{later, millis};

    /// Writes the milliseconds, or nothing.
    ///
    /// # Errors
    /// Returns the serializer's error.
    pub fn serialize<S: Serializer>(at: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => millis::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the milliseconds, if there are any.
    ///
    /// # Errors
    /// Returns the deserializer's error.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
        let millis = Option::<u64>::deserialize(deserializer)?;
        Ok(millis.map(|millis| later(UNIX_EPOCH, Duration::from_millis(millis))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_duration_neither_wraps_nor_panics() {
        assert_eq!(rfc3339(later(SystemTime::now(), Duration::MAX)), "9999-01-01T00:00:00Z");
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
    }
}
