//! Compares the memory store with a naive model: lists that are searched from end to end and never drop anything.

use std::{sync::Arc, time::SystemTime};

use proptest::prelude::*;

use crate::{
    conformance::{
        fixtures::{at, digest},
        links::login,
        one_time::{claim_of, owner},
        sessions::{key, scope, session},
    },
    credential::Credential,
    memory::{memory_store::MemoryStore, sessions::PER_KEY, tests::now},
    protocol::Protocol,
    session::{
        links::{Link, LinkOutcome, LinkScope, Links},
        list::{SessionList, SessionsOf},
        one_time::{ClaimOutcome, OneTime, OneTimeEntry, PutOutcome, TakeOutcome, ValueOwner},
        revision::Revision,
        revocation::{Revocation, RevocationScope},
        session_id::SessionId,
        sso_session::SsoSession,
        store::{InsertOutcome, RevokeOutcome, SessionStore},
    },
};

#[derive(Clone, Debug)]
enum Step {
    Insert(SsoSession),
    Revoked(SsoSession),
    Find(SsoSession),
    Revoke(Revocation),
    List(SessionsOf, usize),
    Put(OneTimeEntry),
    Take(u8),
    Claim { key: u8, until: u64, now: u64 },
    Pin(Link),
    FindLink(Link),
    Unlink(Link),
}

/// Sessions and values never expire in these tests, because a store may drop expired ones. Claims and marks do expire:
/// the store must refuse what the model refuses. It may refuse more only if it has seen a time after the entry's
/// expiry.
#[derive(Default)]
struct Model {
    /// The latest time that the model was given.
    latest: Option<SystemTime>,
    sessions: Vec<SsoSession>,
    /// Each with its revision.
    marks: Vec<(u64, Revocation)>,
    values: Vec<(OneTimeEntry, bool)>,
    claims: Vec<(u8, u64)>,
    latest_claim: u64,
    links: Vec<Link>,
}

impl Model {
    /// Returns whether a session must be refused, and whether it may be refused.
    fn refuses(&self, session: &SsoSession) -> (bool, bool) {
        let since = |(revision, _): &&(u64, Revocation)| *revision > session.revision.get();
        let must_refuse = self.marks.iter().filter(since).any(|(_, mark)| mark.scope.covers(session));
        let may_refuse =
            self.marks.iter().filter(since).any(|(_, mark)| self.latest >= Some(mark.mark_until));
        (must_refuse, may_refuse)
    }

    /// Returns whether the store's answer is correct.
    fn revoked(&self, session: &SsoSession, answer: bool) -> bool {
        let (must_refuse, may_refuse) = self.refuses(session);
        if answer { must_refuse || may_refuse } else { !must_refuse }
    }

    /// Returns whether the store's answer is correct.
    fn insert(&mut self, session: &SsoSession, answer: InsertOutcome) -> bool {
        let (must_refuse, may_refuse) = self.refuses(session);
        self.latest = self.latest.max(Some(session.begun_at));
        match answer {
            InsertOutcome::Revoked => must_refuse || may_refuse,
            InsertOutcome::Stored => {
                self.sessions.push(session.clone());
                let same = |kept: &&SsoSession| key(kept) == key(session);
                if self.sessions.iter().filter(same).count() > PER_KEY
                    && let Some(oldest) = self.sessions.iter().position(|kept| same(&kept))
                {
                    self.sessions.remove(oldest);
                }
                !must_refuse
            }
        }
    }

    fn find(&self, wanted: &SsoSession) -> Option<SsoSession> {
        self.sessions.iter().rfind(|session| key(session) == key(wanted)).cloned()
    }

    /// Returns the sessions that the revocation ends, the oldest first.
    fn revoke(&mut self, revocation: &Revocation) -> RevokeOutcome {
        let covers = |session: &mut SsoSession| revocation.scope.covers(session);
        let mut ended: Vec<_> = self.sessions.extract_if(.., covers).map(Arc::new).collect();
        let count = ended.len();
        ended.retain(|_| revocation.scope.names_sessions());
        self.marks.push((self.marks.len() as u64 + 1, revocation.clone()));
        self.latest = self.latest.max(Some(revocation.at));
        RevokeOutcome { count, sessions: ended }
    }

    fn list(&self, of: &SessionsOf) -> Vec<SsoSession> {
        let counts = |session: &&SsoSession| self.find(session).as_ref() == Some(*session);
        self.sessions.iter().rev().filter(|session| of.covers(session)).filter(counts).cloned().collect()
    }

    fn put(&mut self, entry: &OneTimeEntry) -> PutOutcome {
        self.values.retain(|(kept, _)| kept.key != entry.key);
        let theirs = |(kept, taken): &(OneTimeEntry, bool)| kept.owner.id == entry.owner.id && !taken;
        while self.values.iter().filter(|value| theirs(value)).count() >= entry.owner.cap
            && let Some(oldest) = self.values.iter().position(theirs)
        {
            self.values.remove(oldest);
        }
        self.values.push((entry.clone(), false));
        PutOutcome::Kept
    }

    fn take(&mut self, key: u8) -> TakeOutcome {
        match self.values.iter_mut().find(|(kept, _)| kept.key == digest(&key.to_string())) {
            None => TakeOutcome::Nothing,
            Some((_, true)) => TakeOutcome::Again,
            Some((kept, taken)) => {
                *taken = true;
                TakeOutcome::Value { value: kept.value.clone(), expires_at: kept.expires_at }
            }
        }
    }

    /// Returns whether the store's answer is correct.
    fn claim(&mut self, key: u8, until: u64, now: u64, answer: ClaimOutcome) -> bool {
        self.latest_claim = self.latest_claim.max(now);
        let must_refuse = self.claims.iter().any(|(claimed, until)| *claimed == key && now < *until);
        match answer {
            ClaimOutcome::First => {
                self.claims.push((key, until));
                !must_refuse
            }
            ClaimOutcome::Again => must_refuse || until <= self.latest_claim,
            ClaimOutcome::Full => false,
        }
    }

    fn pin(&mut self, link: &Link) -> LinkOutcome {
        let in_scope = |held: &&Link| held.organization == link.organization && held.scope == link.scope;
        if self.links.contains(link) {
            return LinkOutcome::Same;
        }
        if self.links.iter().filter(in_scope).any(|held| held.account == link.account) {
            return LinkOutcome::OtherSubject;
        }
        if self.links.iter().filter(in_scope).any(|held| held.subject == link.subject) {
            return LinkOutcome::OtherAccount;
        }
        let replaced = self.unlink(link);
        self.links.push(link.clone());
        if replaced { LinkOutcome::Replaced } else { LinkOutcome::New }
    }

    fn find_link(&self, wanted: &Link) -> Option<Link> {
        let same = |held: &&Link| held.organization == wanted.organization && held.account == wanted.account;
        self.links.iter().find(same).cloned()
    }

    fn unlink(&mut self, link: &Link) -> bool {
        let before = self.links.len();
        self.links.retain(|held| held.organization != link.organization || held.account != link.account);
        before > self.links.len()
    }
}

/// Returns one of a few texts, so that the steps use the same ones.
fn few(name: &'static str) -> impl Strategy<Value = String> {
    (0..3_u8).prop_map(move |number| format!("{name}-{number}"))
}

/// Returns two sessions and two tokens, under the same ids.
fn credentials() -> impl Strategy<Value = Credential> {
    (0..2_u8, any::<bool>()).prop_map(|(number, token)| {
        let id = format!("credential-{number}");
        if token { Credential::token(id) } else { Credential::session(id) }
    })
}

fn begun() -> impl Strategy<Value = SystemTime> {
    (0..20_u64).prop_map(at)
}

/// Returns OpenID Connect scopes, and SAML scopes with one of a few formats. Two of the formats identify a user
/// permanently.
fn protocols() -> impl Strategy<Value = (Protocol, LinkScope)> {
    let transient = "app urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    let formats = prop_oneof![Just("app one"), Just("app two"), Just(transient), Just("app attribute uid")];
    prop_oneof![
        few("issuer").prop_map(|issuer| (Protocol::Oidc, scope(&issuer))),
        (few("issuer"), formats)
            .prop_map(|(issuer, format)| (Protocol::Saml, LinkScope(issuer, format.to_owned()))),
    ]
}

fn sessions() -> impl Strategy<Value = SsoSession> {
    let ids = (credentials(), few("organization"), few("account"), few("email"));
    let provider = (protocols(), few("subject"), proptest::option::of(few("sid")));
    // Some logins began before all revocations, and some later.
    let begun = (begun(), 0..4_u64);
    (any::<u32>(), ids, provider, begun).prop_map(|(id, ids, provider, (begun_at, revision))| SsoSession {
        id: SessionId::new(&id.to_string()),
        credential: ids.0,
        organization: ids.1.into(),
        account: ids.2.into(),
        email: ids.3,
        protocol: provider.0.0,
        scope: provider.0.1,
        subject: provider.1,
        idp_session: provider.2,
        begun_at,
        revision: Revision::new(revision),
        ..session()
    })
}

fn scopes() -> impl Strategy<Value = RevocationScope> {
    let one = proptest::option::of;
    prop_oneof![
        credentials().prop_map(RevocationScope::Credential),
        (credentials(), few("account")).prop_map(|(credential, account)| {
            RevocationScope::AccountCredential { credential, account: account.into() }
        }),
        (credentials(), few("organization"), few("account")).prop_map(
            |(credential, organization, account)| {
                RevocationScope::Session {
                    credential,
                    organization: organization.into(),
                    account: account.into(),
                }
            }
        ),
        few("account").prop_map(|account| RevocationScope::Account(account.into())),
        (few("organization"), few("account"))
            .prop_map(|(organization, account)| RevocationScope::Member(organization.into(), account.into())),
        (few("account"), proptest::collection::vec(few("email"), 0..3))
            .prop_map(|(account, emails)| RevocationScope::OtherEmails { account: account.into(), emails }),
        few("organization").prop_map(|organization| RevocationScope::Organization(organization.into())),
        (few("organization"), protocols(), one(few("subject")), one(few("sid"))).prop_map(
            |(organization, (_, scope), subject, idp_session)| RevocationScope::Idp {
                organization: organization.into(),
                scope,
                subject,
                idp_session,
            }
        ),
    ]
}

fn lists() -> impl Strategy<Value = SessionsOf> {
    prop_oneof![
        any::<u32>().prop_map(|id| SessionsOf::Session(SessionId::new(&id.to_string()))),
        few("account").prop_map(|account| SessionsOf::Account(account.into())),
        (few("organization"), few("account"))
            .prop_map(|(organization, account)| SessionsOf::Member(organization.into(), account.into())),
        few("organization").prop_map(|organization| SessionsOf::Organization(organization.into())),
        (few("organization"), few("subject"))
            .prop_map(|(organization, subject)| SessionsOf::Subject(organization.into(), subject)),
        (few("organization"), few("sid"))
            .prop_map(|(organization, sid)| SessionsOf::IdpSession(organization.into(), sid)),
    ]
}

fn entries() -> impl Strategy<Value = OneTimeEntry> {
    (0..6_u8, few("owner"), 1..4_usize, any::<[u8; 2]>(), 0..20_u64).prop_map(
        |(key, owner, cap, value, now)| OneTimeEntry {
            key: digest(&key.to_string()),
            owner: ValueOwner { cap, ..self::owner(&owner) },
            value: value.to_vec(),
            now: at(now),
            expires_at: at(100 + now),
        },
    )
}

fn links() -> impl Strategy<Value = Link> {
    (few("organization"), few("account"), few("issuer"), few("subject")).prop_map(
        |(organization, account, issuer, subject)| Link {
            organization: organization.into(),
            account: account.into(),
            scope: scope(&issuer),
            subject,
        },
    )
}

fn steps() -> impl Strategy<Value = Step> {
    // Some marks outlast every time in these tests, and some do not.
    let times = (0..20_u64, 1..30_u64).prop_map(|(seconds, stays)| (at(seconds), at(seconds + stays)));
    let revocations = (scopes(), times);
    prop_oneof![
        6 => sessions().prop_map(Step::Insert),
        2 => sessions().prop_map(Step::Revoked),
        4 => sessions().prop_map(Step::Find),
        1 => revocations.prop_map(|(scope, (at, mark_until))| {
            Step::Revoke(Revocation { scope, at, mark_until })
        }),
        2 => (lists(), 1..4_usize).prop_map(|(of, limit)| Step::List(of, limit)),
        3 => entries().prop_map(Step::Put),
        3 => (0..6_u8).prop_map(Step::Take),
        3 => (0..6_u8, 0..20_u64).prop_map(|(key, now)| Step::Claim { key, until: 3 * u64::from(key) + 1, now }),
        3 => links().prop_map(Step::Pin),
        2 => links().prop_map(Step::FindLink),
        1 => links().prop_map(Step::Unlink),
    ]
}

proptest! {
    #[test]
    fn the_memory_store_behaves_like_the_model(steps in proptest::collection::vec(steps(), 1..120)) {
        let (store, mut model) = (MemoryStore::default(), Model::default());
        for step in steps {
            match &step {
                Step::Insert(session) => {
                    let inserted = now(store.insert(Arc::new(session.clone())));
                    prop_assert!(model.insert(session, inserted), "{:?}: {:?}", step, inserted);
                }
                Step::Revoked(session) => {
                    let revoked = now(store.revoked(session));
                    prop_assert!(model.revoked(session, revoked), "{:?}: {}", step, revoked);
                    // If `revoked` answers `true`, `insert` refuses the session.
                    if revoked {
                        let inserted = now(store.insert(Arc::new(session.clone())));
                        prop_assert_eq!(inserted, InsertOutcome::Revoked, "{:?}", step);
                        prop_assert!(model.insert(session, inserted), "{:?}: {:?}", step, inserted);
                    }
                }
                Step::Find(session) => {
                    let found = now(SessionStore::find(&store, key(session))).map(Arc::unwrap_or_clone);
                    prop_assert_eq!(found, model.find(session), "{:?}", step);
                }
                Step::Revoke(revocation) => {
                    prop_assert_eq!(now(store.revoke(revocation)), model.revoke(revocation), "{:?}", step);
                }
                Step::List(of, limit) => {
                    let (mut listed, mut after) = (Vec::new(), None);
                    loop {
                        let page = now(store.list(&SessionList { of: of.clone(), after, limit: *limit }));
                        prop_assert!(page.sessions.len() <= *limit, "{:?}", step);
                        listed.extend(page.sessions.into_iter().map(Arc::unwrap_or_clone));
                        after = page.next;
                        if after.is_none() {
                            break;
                        }
                    }
                    prop_assert_eq!(listed, model.list(of), "{:?}", step);
                }
                Step::Put(entry) => {
                    prop_assert_eq!(now(store.put(entry.clone())), model.put(entry), "{:?}", step);
                }
                Step::Take(key) => {
                    let taken = now(store.take(&digest(&key.to_string())));
                    prop_assert_eq!(taken, model.take(*key), "{:?}", step);
                }
                Step::Claim { key, until, now: at_time } => {
                    let claimed = now(store.claim(&claim_of(&key.to_string(), *until, *at_time)));
                    prop_assert!(model.claim(*key, *until, *at_time, claimed), "{:?}: {:?}", step, claimed);
                }
                Step::Pin(link) => prop_assert_eq!(now(store.link(link, &login("s1"))), model.pin(link), "{:?}", step),
                Step::FindLink(link) => {
                    let found = now(Links::find(&store, &link.organization, &link.account));
                    prop_assert_eq!(found, model.find_link(link), "{:?}", step);
                }
                Step::Unlink(link) => {
                    let unlinked = now(store.unlink(&link.organization, &link.account));
                    prop_assert_eq!(unlinked, model.unlink(link), "{:?}", step);
                }
            }
        }
        store.sizes().agree();
    }
}
