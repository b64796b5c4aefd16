//! One-time values in memory. The key of a taken value is kept until the value would have expired, so that a second
//! take can be distinguished from one of a key that never existed.

use std::{
    collections::{BTreeMap, HashMap},
    time::SystemTime,
};

use foldhash::quality::RandomState;

use crate::{
    digest::Digest,
    id::{AccountId, OrgId},
    memory::{
        shared::SWEEP,
        usage::{Ledger, Usage},
    },
    session::one_time::{
        ACCOUNT_BYTES, ACCOUNT_VALUES, ORGANIZATION_BYTES, ORGANIZATION_VALUES, OneTimeEntry, PutOutcome,
        TakeOutcome, ValueOwner,
    },
};

const OF_ACCOUNT: Usage = Usage { values: ACCOUNT_VALUES, bytes: ACCOUNT_BYTES };
const OF_ORGANIZATION: Usage = Usage { values: ORGANIZATION_VALUES, bytes: ORGANIZATION_BYTES };

/// The one-time values of a store.
pub(crate) struct Values {
    limit: Usage,
    next: u64,
    entries: HashMap<Digest, Entry, RandomState>,
    /// The keys that were not taken yet, by owner; each owner's oldest key is first.
    by_owner: BTreeMap<(Digest, u64), Digest>,
    /// The same by account.
    by_account: BTreeMap<(AccountId, u64), Digest>,
    /// The keys that were not taken yet, by expiry.
    waiting: BTreeMap<(SystemTime, u64), Digest>,
    /// The keys that were taken, by expiry. They are dropped to make room for any value.
    taken: BTreeMap<(SystemTime, u64), Digest>,
    /// What was not taken yet.
    used: Usage,
    accounts: Ledger<AccountId>,
    organizations: Ledger<OrgId>,
}

struct Entry {
    number: u64,
    owner: ValueOwner,
    /// `None` after the value is taken.
    value: Option<Vec<u8>>,
    expires_at: SystemTime,
}

impl Entry {
    fn usage(&self) -> Usage {
        self.value.as_deref().map(Usage::of).unwrap_or_default()
    }
}

impl Values {
    /// Returns a store of at most so many values, including those that were taken, and of so many bytes.
    pub(crate) fn new(limit: usize, bytes: usize) -> Self {
        Self {
            limit: Usage { values: limit, bytes },
            next: 0,
            entries: HashMap::default(),
            by_owner: BTreeMap::new(),
            by_account: BTreeMap::new(),
            waiting: BTreeMap::new(),
            taken: BTreeMap::new(),
            used: Usage::default(),
            accounts: Ledger::default(),
            organizations: Ledger::default(),
        }
    }

    pub(crate) fn put(&mut self, entry: OneTimeEntry) -> PutOutcome {
        let OneTimeEntry { key, owner, value, now, expires_at } = entry;
        self.sweep(now);
        let (new, give_way) = (Usage::of(&value), self.give_way(&key, &owner, &value));
        let freed = |of: &dyn Fn(&Entry) -> bool| {
            let entries = give_way.iter().filter_map(|key| self.entries.get(key)).filter(|entry| of(entry));
            entries.fold(Usage::default(), |freed, entry| freed.plus(entry.usage()))
        };
        let here = self.organizations.of(&owner.organization);
        let here = here.minus(freed(&|entry| entry.owner.organization == owner.organization)).plus(new);
        let in_all = self.used.minus(freed(&|_| true)).plus(new);
        let too_large = owner.account.is_some() && new.bytes > ACCOUNT_BYTES;
        if too_large || !here.fits(OF_ORGANIZATION) || !in_all.fits(self.limit) {
            return PutOutcome::Full;
        }
        for key in give_way {
            self.forget(&key);
        }
        while self.entries.len() >= self.limit.values && self.forget_a_taken() {}
        let number = self.next;
        self.next += 1;
        self.by_owner.insert((owner.id, number), key);
        self.waiting.insert((expires_at, number), key);
        if let Some(account) = &owner.account {
            self.by_account.insert((account.clone(), number), key);
            self.accounts.add(account, new);
        }
        self.organizations.add(&owner.organization, new);
        self.used = self.used.plus(new);
        self.entries.insert(key, Entry { number, owner, value: Some(value), expires_at });
        PutOutcome::Kept
    }

    pub(crate) fn take(&mut self, key: &Digest) -> TakeOutcome {
        let Some(entry) = self.entries.get_mut(key) else { return TakeOutcome::Nothing };
        let usage = entry.usage();
        let Some(value) = entry.value.take() else { return TakeOutcome::Again };
        let (number, expires_at, owner) = (entry.number, entry.expires_at, entry.owner.clone());
        self.no_longer_waits(number, expires_at, &owner, usage);
        self.taken.insert((expires_at, number), *key);
        TakeOutcome::Value { value, expires_at }
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// Returns the keys whose values give way to a new one: the value under the same key, and the oldest values beyond
    /// the budgets of the owner and of the account.
    fn give_way(&self, key: &Digest, owner: &ValueOwner, value: &[u8]) -> Vec<Digest> {
        let mut give_way: Vec<Digest> = self.entries.contains_key(key).then_some(*key).into_iter().collect();
        let theirs = self.by_owner.range((owner.id, u64::MIN)..=(owner.id, u64::MAX));
        let theirs: Vec<_> = theirs.map(|(_, held)| *held).filter(|held| held != key).collect();
        let too_many = (theirs.len() + 1).saturating_sub(owner.cap.max(1));
        give_way.extend(theirs.iter().take(too_many));
        let Some(account) = &owner.account else { return give_way };
        let mut used = self.accounts.of(account).plus(Usage::of(value));
        for held in &give_way {
            let held = self.entries.get(held).filter(|entry| entry.owner.account.as_ref() == Some(account));
            used = used.minus(held.map(Entry::usage).unwrap_or_default());
        }
        let theirs = self.by_account.range((account.clone(), u64::MIN)..=(account.clone(), u64::MAX));
        for (_, held) in theirs {
            if used.fits(OF_ACCOUNT) {
                break;
            }
            if !give_way.contains(held) {
                used = used.minus(self.entries.get(held).map(Entry::usage).unwrap_or_default());
                give_way.push(*held);
            }
        }
        give_way
    }

    /// Drops some of the expired values.
    fn sweep(&mut self, now: SystemTime) {
        for _ in 0..SWEEP {
            let firsts = [self.waiting.first_key_value(), self.taken.first_key_value()];
            let over = firsts.into_iter().flatten().find(|((end, _), _)| *end <= now).map(|(_, key)| *key);
            let Some(key) = over else { break };
            self.forget(&key);
        }
    }

    fn forget_a_taken(&mut self) -> bool {
        let first = self.taken.first_key_value().map(|(_, key)| *key);
        first.is_some_and(|key| self.forget(&key))
    }

    fn forget(&mut self, key: &Digest) -> bool {
        let Some(entry) = self.entries.remove(key) else { return false };
        if entry.value.is_some() {
            self.no_longer_waits(entry.number, entry.expires_at, &entry.owner, entry.usage());
        } else {
            self.taken.remove(&(entry.expires_at, entry.number));
        }
        true
    }

    /// Removes a value from what counts toward the budgets.
    fn no_longer_waits(&mut self, number: u64, expires_at: SystemTime, owner: &ValueOwner, usage: Usage) {
        self.by_owner.remove(&(owner.id, number));
        self.waiting.remove(&(expires_at, number));
        if let Some(account) = &owner.account {
            self.by_account.remove(&(account.clone(), number));
            self.accounts.take(account, usage);
        }
        self.organizations.take(&owner.organization, usage);
        self.used = self.used.minus(usage);
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 4] {
        assert_eq!(self.organizations.total(), self.used);
        assert_eq!(self.by_account.len(), self.accounts.total().values);
        [self.entries.len(), self.by_owner.len(), self.waiting.len(), self.taken.len()]
    }
}
