//! How much of a store each account and each organization uses.

use std::{collections::HashMap, hash::Hash};

use foldhash::quality::RandomState;

/// A number of values, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

impl Usage {
    pub(crate) fn of(value: &[u8]) -> Self {
        Self { values: 1, bytes: value.len() }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { values: self.values + other.values, bytes: self.bytes.saturating_add(other.bytes) }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            values: self.values.saturating_sub(other.values),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Returns whether this is no more than a budget.
    pub(crate) fn fits(self, budget: Self) -> bool {
        self.values <= budget.values && self.bytes <= budget.bytes
    }
}

/// What everyone uses. Whoever uses nothing takes no memory.
#[derive(Debug)]
pub(crate) struct Ledger<K>(HashMap<K, Usage, RandomState>);

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Eq + Hash + Clone> Ledger<K> {
    pub(crate) fn of(&self, who: &K) -> Usage {
        self.0.get(who).copied().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, who: &K, usage: Usage) {
        let total = self.of(who).plus(usage);
        self.0.insert(who.clone(), total);
    }

    pub(crate) fn take(&mut self, who: &K, usage: Usage) {
        let left = self.of(who).minus(usage);
        if left == Usage::default() {
            self.0.remove(who);
        } else {
            self.0.insert(who.clone(), left);
        }
    }

    #[cfg(test)]
    pub(crate) fn total(&self) -> Usage {
        self.0.values().fold(Usage::default(), |total, usage| total.plus(*usage))
    }
}
