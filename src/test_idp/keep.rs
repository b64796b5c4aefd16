//! What the provider keeps in memory: each thing until a time.

use std::{collections::HashMap, time::SystemTime};

/// Values by a random key, each until a time (exclusive).
#[derive(Debug)]
pub(super) struct Keep<T>(HashMap<String, (SystemTime, T)>);

impl<T> Default for Keep<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Keep<T> {
    /// Beyond this many, what is over is dropped before more is kept.
    const TIDY: usize = 1024;

    pub(super) fn put(&mut self, key: String, value: T, until: SystemTime, now: SystemTime) {
        if self.0.len() >= Self::TIDY {
            self.0.retain(|_, (until, _)| now < *until);
        }
        self.0.insert(key, (until, value));
    }

    pub(super) fn get(&self, key: &str, now: SystemTime) -> Option<&T> {
        self.0.get(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: &str, now: SystemTime) -> Option<&mut T> {
        self.0.get_mut(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }

    pub(super) fn values(&self, now: SystemTime) -> impl Iterator<Item = &T> {
        self.0.values().filter(move |(until, _)| now < *until).map(|(_, value)| value)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.0.retain(|_, (_, value)| keep(value));
    }

    pub(super) fn take(&mut self, key: &str, now: SystemTime) -> Option<T> {
        self.0.remove(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_value_is_there_until_its_time_and_not_at_it() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut keep = Keep::default();
        keep.put("a".into(), 1, at(60), at(0));
        assert_eq!(keep.get("a", at(59)), Some(&1));
        assert_eq!(keep.get("a", at(60)), None);
        assert_eq!(keep.take("a", at(59)), Some(1));
        assert_eq!(keep.take("a", at(59)), None);
    }

    #[test]
    fn what_is_over_makes_room() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut keep = Keep::default();
        for key in 0..Keep::<()>::TIDY {
            keep.put(key.to_string(), (), at(1), at(0));
        }
        keep.put("new".into(), (), at(9), at(1));
        assert_eq!(keep.0.len(), 1);
    }
}
