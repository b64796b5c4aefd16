//! The index of the sessions: by age, by expiry, and by every scope that a revocation can have.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::BuildHasher as _,
    sync::Arc,
    time::SystemTime,
};

use foldhash::quality::RandomState;

use crate::{
    credential::Credential,
    id::OrgId,
    session::{
        list::SessionsOf, revocation::RevocationScope, sso_session::SsoSession, store::MEMBER_SESSIONS,
    },
};

/// The number of a session in the order of insertion.
pub(crate) type Number = u64;

/// The sessions of a store, indexed by everything that can end them.
pub(crate) struct Index {
    hasher: RandomState,
    next: Number,
    sessions: BTreeMap<Number, Arc<SsoSession>>,
    by_end: BTreeSet<(SystemTime, Number)>,
    /// Indexed by the hash of each scope, so that all kinds of scopes share one set of small entries. Hashes may
    /// collide: `covers` is checked for each session that is found here.
    by_scope: BTreeSet<(u64, Number)>,
    /// How many sessions each organization and each member has, by the hash of their places.
    counts: HashMap<u64, usize, RandomState>,
}

impl Index {
    pub(crate) fn new(hasher: RandomState) -> Self {
        Self {
            hasher,
            next: 0,
            sessions: BTreeMap::new(),
            by_end: BTreeSet::new(),
            by_scope: BTreeSet::new(),
            counts: HashMap::default(),
        }
    }

    pub(crate) fn add(&mut self, session: &Arc<SsoSession>) -> Number {
        let number = self.next;
        self.next += 1;
        self.by_end.insert((session.expires_at, number));
        self.by_scope.extend(hashes(&self.hasher, session).map(|hash| (hash, number)));
        for hash in counted(&self.hasher, session) {
            *self.counts.entry(hash).or_default() += 1;
        }
        self.sessions.insert(number, Arc::clone(session));
        number
    }

    pub(crate) fn remove(&mut self, number: Number) -> Option<Arc<SsoSession>> {
        let session = self.sessions.remove(&number)?;
        self.by_end.remove(&(session.expires_at, number));
        for hash in hashes(&self.hasher, &session) {
            self.by_scope.remove(&(hash, number));
        }
        for hash in counted(&self.hasher, &session) {
            if let Some(count) = self.counts.get_mut(&hash) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&hash);
                }
            }
        }
        Some(session)
    }

    /// Returns the session that gives way to a new one in a full store: the one that was inserted first, or, if more
    /// than half of all sessions are of this organization, the first of the organization.
    pub(crate) fn gives_way_to(&self, session: &SsoSession) -> Option<Number> {
        let place = self.hasher.hash_one(Place::Organization(&session.organization));
        if self.counts.get(&place).is_some_and(|count| *count > self.sessions.len() / 2) {
            let mut theirs = self.by_scope.range((place, Number::MIN)..=(place, Number::MAX));
            return theirs.next().map(|(_, number)| *number);
        }
        self.sessions.first_key_value().map(|(number, _)| *number)
    }

    /// Returns the first session of the account in the organization, if the account has more than its budget there.
    pub(crate) fn beyond_budget(&self, session: &SsoSession) -> Option<Number> {
        let SsoSession { organization, account, .. } = session;
        let member = self.hasher.hash_one(Place::Member(organization, account.as_str()));
        self.counts.get(&member).filter(|count| **count > MEMBER_SESSIONS)?;
        let place = self.hasher.hash_one(Place::Account(account.as_str()));
        let theirs =
            self.by_scope.range((place, Number::MIN)..=(place, Number::MAX)).map(|(_, number)| *number);
        let is_of = |held: &Arc<SsoSession>| held.account == *account && held.organization == *organization;
        theirs.into_iter().find(|number| self.sessions.get(number).is_some_and(is_of))
    }

    /// Returns the session that expired first, if any has expired.
    pub(crate) fn over(&self, now: SystemTime) -> Option<Number> {
        self.by_end.first().filter(|(end, _)| *end <= now).map(|(_, number)| *number)
    }

    /// Returns the sessions in a scope.
    pub(crate) fn covered(&self, scope: &RevocationScope) -> Vec<Number> {
        let Some(hash) = hash(&self.hasher, scope) else { return Vec::new() };
        let found = self.by_scope.range((hash, Number::MIN)..=(hash, Number::MAX)).map(|(_, number)| *number);
        found
            .filter(|number| self.sessions.get(number).is_some_and(|session| scope.covers(session)))
            .collect()
    }

    /// Returns the sessions of a list that were inserted before the one with this number, newest first.
    pub(crate) fn listed(
        &self,
        of: &SessionsOf,
        before: Number,
    ) -> impl Iterator<Item = (Number, &Arc<SsoSession>)> {
        let hash = self.hasher.hash_one(match of {
            SessionsOf::Session(id) => Place::Session(id.as_str()),
            SessionsOf::Account(account) | SessionsOf::Member(_, account) => Place::Account(account.as_str()),
            SessionsOf::Organization(organization) => Place::Organization(organization),
            SessionsOf::Subject(organization, subject) => Place::Subject(organization, subject),
            SessionsOf::IdpSession(organization, id) => Place::IdpSession(organization, id),
            SessionsOf::Reserved => Place::Nothing,
        });
        let found = self.by_scope.range((hash, Number::MIN)..(hash, before)).rev();
        let found = found.filter_map(|(_, number)| Some((*number, self.sessions.get(number)?)));
        found.filter(|(_, session)| of.covers(session))
    }

    pub(crate) fn count(&self) -> usize {
        self.sessions.len()
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 3] {
        [self.sessions.len(), self.by_end.len(), self.by_scope.len()]
    }
}

/// Returns the hashes under which a session is indexed. Any scope that covers it has one of these as its [`hash`].
pub(crate) fn hashes(hasher: &RandomState, session: &SsoSession) -> impl Iterator<Item = u64> {
    let organization = &session.organization;
    let idp_session = session.idp_session.as_ref().map(|id| Place::IdpSession(organization, id));
    [
        Place::Session(session.id.as_str()),
        Place::Credential(&session.credential),
        Place::Account(session.account.as_str()),
        Place::Organization(organization),
        Place::Subject(organization, &session.subject),
    ]
    .into_iter()
    .chain(idp_session)
    .map(|place| hasher.hash_one(place))
}

/// Returns the hashes of the places whose sessions are counted.
fn counted(hasher: &RandomState, session: &SsoSession) -> [u64; 2] {
    let SsoSession { organization, account, .. } = session;
    [Place::Organization(organization), Place::Member(organization, account.as_str())]
        .map(|place| hasher.hash_one(place))
}

/// Returns the hash under which the sessions in a scope are indexed, possibly together with others. Returns `None`
/// for a scope that covers nothing.
pub(crate) fn hash(hasher: &RandomState, scope: &RevocationScope) -> Option<u64> {
    let place = match scope {
        RevocationScope::Credential(credential)
        | RevocationScope::AccountCredential { credential, .. }
        | RevocationScope::Session { credential, .. } => Place::Credential(credential),
        RevocationScope::Account(account)
        | RevocationScope::Member(_, account)
        | RevocationScope::OtherEmails { account, .. } => Place::Account(account.as_str()),
        RevocationScope::Organization(organization) => Place::Organization(organization),
        // Without the link scope: `covers` decides which part of it is compared.
        RevocationScope::Idp { organization, idp_session: Some(id), .. } => {
            Place::IdpSession(organization, id)
        }
        RevocationScope::Idp { organization, subject: Some(subject), idp_session: None, .. } => {
            Place::Subject(organization, subject)
        }
        RevocationScope::Idp { subject: None, idp_session: None, .. } | RevocationScope::Reserved => {
            return None;
        }
    };
    Some(hasher.hash_one(place))
}

#[derive(Hash)]
enum Place<'a> {
    Session(&'a str),
    Credential(&'a Credential),
    Account(&'a str),
    Organization(&'a OrgId),
    Subject(&'a OrgId, &'a str),
    IdpSession(&'a OrgId, &'a str),
    Member(&'a OrgId, &'a str),
    Nothing,
}
