//! A map whose entries expire. It stores what the provider remembers.

use std::{collections::HashMap, time::SystemTime};

/// Values by key. Each is valid until a time (exclusive).
#[derive(Debug)]
pub(crate) struct ExpiringMap<T>(HashMap<String, (SystemTime, T)>);

impl<T> Default for ExpiringMap<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> ExpiringMap<T> {
    /// With this many entries or more, an insertion first removes expired entries.
    const SWEEP_AT: usize = 1024;

    pub(crate) fn put(&mut self, key: String, value: T, until: SystemTime, now: SystemTime) {
        if self.0.len() >= Self::SWEEP_AT {
            self.0.retain(|_, (until, _)| now < *until);
        }
        self.0.insert(key, (until, value));
    }

    pub(crate) fn get(&self, key: &str, now: SystemTime) -> Option<&T> {
        self.0.get(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str, now: SystemTime) -> Option<&mut T> {
        self.0.get_mut(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }

    pub(crate) fn values(&self, now: SystemTime) -> impl Iterator<Item = &T> {
        self.0.values().filter(move |(until, _)| now < *until).map(|(_, value)| value)
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.0.retain(|_, (_, value)| keep(value));
    }

    pub(crate) fn take(&mut self, key: &str, now: SystemTime) -> Option<T> {
        self.0.remove(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_value_expires_at_its_time() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut map = ExpiringMap::default();
        map.put("a".into(), 1, at(60), at(0));
        assert_eq!(map.get("a", at(59)), Some(&1));
        assert_eq!(map.get("a", at(60)), None);
        assert_eq!(map.take("a", at(59)), Some(1));
        assert_eq!(map.take("a", at(59)), None);
    }

    #[test]
    fn expired_values_are_removed_when_the_map_is_large() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut map = ExpiringMap::default();
        for key in 0..ExpiringMap::<()>::SWEEP_AT {
            map.put(key.to_string(), (), at(1), at(0));
        }
        map.put("new".into(), (), at(9), at(1));
        assert_eq!(map.0.len(), 1);
    }
}
