//! A host and stores that answer late, fail or hang where a test tells them to.
//!
//! Each trait is implemented method by method, and each method has its own [`Verb`]. If a trait gains a method, this
//! file does not compile until the method is added with a verb. A verb in turn does not compile in `fail_closed` until
//! the requests that use it are listed. A new method *with a default body* would be inherited silently:
//! `clippy::missing_trait_methods` refuses that.

use std::{
    collections::HashMap,
    future::pending,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use futures_util::FutureExt as _;
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Connection, Connections, Directory, Lookup, LookupError,
    Membership, OrgId, OrgSlug, RequestHead, ReturnPath, Viewer,
    connection::FixedConnections,
    directory::{Logout, LogoutHandler, LogoutOutcome},
    join::{JoinHandler, JoinLink, JoinLinkId, JoinOutcome, NewUser, SignUp},
    session::{Revision, SessionId, SessionPage, SsoSession},
    store::{
        AddOutcome, Claim, ClaimOutcome, Digest, InsertOutcome, JoinLinks, Link, LinkOutcome, Links,
        MemoryStore, OneTime, OneTimeEntry, PutOutcome, Revocation, RevokeOutcome, SessionKey, SessionList,
        SessionStore, TakeOutcome,
    },
    token::{ApiToken, TokenDirectory},
};

use crate::support::FakeDirectory;

macro_rules! verbs {
    ($($verb:ident),+ $(,)?) => {
        /// Everything that the crate asks of a host or a store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Verb { $($verb),+ }

        impl Verb {
            pub const ALL: &'static [Self] = &[$(Self::$verb),+];
        }
    };
}

verbs! {
    Viewer, Organization, Membership, Emails, Apply, Invitation, PublicContent, Slug, Tokens, LoggedOut, Join, Welcome,
    Connection,
    SessionRevision, SessionInsert, SessionFind, SessionList, SessionRevoke, SessionRevoked,
    Put, Take, Claim,
    Pin, Undo, LinkFind, Unlink,
    JoinAdd, JoinFind, JoinList, JoinCount, JoinRemove,
}

/// How a lookup goes wrong, or only takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails.
    Fails,
    /// The lookup fails after a while.
    FailsLater,
    /// The lookup never answers.
    Hangs,
    /// The lookup answers, but not at once. This is not a fault.
    Late,
}

/// Which verb has a fault now, and what was asked so far.
#[derive(Clone, Default)]
pub struct FaultInjector(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    fault: Option<(Verb, Fault)>,
    /// Whether every verb without a fault answers late.
    all_late: bool,
    asked: HashMap<Verb, usize>,
    stored: usize,
    fails_once: Option<Verb>,
    /// All values that were put into the one-time store.
    kept: Vec<u8>,
    also_revoked: Option<Arc<SsoSession>>,
    other_link: Option<JoinLink>,
    other_session: Option<Arc<SsoSession>>,
    meanwhile: Option<(Verb, Box<dyn FnOnce() + Send>)>,
}

impl FaultInjector {
    pub fn set(&self, fault: Option<(Verb, Fault)>) {
        self.0.lock().unwrap().fault = fault;
    }

    /// Makes every verb answer later.
    pub fn answer_late(&self) {
        self.0.lock().unwrap().all_late = true;
    }

    /// Does something once, just before the verb is next asked.
    pub fn meanwhile(&self, verb: Verb, something: impl FnOnce() + Send + 'static) {
        self.0.lock().unwrap().meanwhile = Some((verb, Box::new(something)));
    }

    /// Fails the next time that the verb is asked, and only then.
    pub fn fails_once(&self, verb: Verb) {
        self.0.lock().unwrap().fails_once = Some(verb);
    }

    /// Returns all values that were put into the one-time store.
    pub fn kept(&self) -> Vec<u8> {
        self.0.lock().unwrap().kept.clone()
    }

    /// Adds this session to those that the next revocation reports as ended.
    pub fn also_revokes(&self, session: Arc<SsoSession>) {
        self.0.lock().unwrap().also_revoked = Some(session);
    }

    /// Returns this join link at the next lookup, whichever link is looked up.
    pub fn finds_another(&self, link: JoinLink) {
        self.0.lock().unwrap().other_link = Some(link);
    }

    /// Returns this SSO session at the next lookup, whichever session is looked up.
    pub fn finds_session(&self, session: SsoSession) {
        self.0.lock().unwrap().other_session = Some(Arc::new(session));
    }

    /// Returns how often a verb was asked.
    pub fn asked(&self, verb: Verb) -> usize {
        self.0.lock().unwrap().asked.get(&verb).copied().unwrap_or_default()
    }

    /// Returns how many SSO sessions were stored, whatever became of them.
    pub fn stored(&self) -> usize {
        self.0.lock().unwrap().stored
    }

    fn ask<T: Send + 'static>(&self, verb: Verb, answer: impl FnOnce() -> Lookup<T>) -> Lookup<T> {
        let meanwhile = self.0.lock().unwrap().meanwhile.take_if(|(at, _)| *at == verb);
        if let Some((_, something)) = meanwhile {
            something();
        }
        let fault = {
            let mut state = self.0.lock().unwrap();
            *state.asked.entry(verb).or_default() += 1;
            let once = state.fails_once.take_if(|faulty| *faulty == verb).map(|_| Fault::Fails);
            let fault = once.or(state.fault.filter(|(faulty, _)| *faulty == verb).map(|(_, fault)| fault));
            fault.or(state.all_late.then_some(Fault::Late))
        };
        let error = move || LookupError::new(format!("{verb:?} was told to fail"));
        match fault {
            None => answer(),
            Some(Fault::Fails) => Lookup::failed(error()),
            Some(Fault::FailsLater) => Lookup::later(async move {
                tokio::task::yield_now().await;
                Err(error())
            }),
            Some(Fault::Hangs) => Lookup::later(pending()),
            Some(Fault::Late) => {
                let answer = answer();
                Lookup::later(async move {
                    tokio::task::yield_now().await;
                    answer.await
                })
            }
        }
    }
}

/// Connections that can be changed while the app runs.
#[derive(Clone)]
pub struct Settings(Arc<Mutex<Arc<FixedConnections>>>);

impl Settings {
    pub fn new(connections: FixedConnections) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(connections))))
    }

    pub fn change(&self, connections: FixedConnections) {
        *self.0.lock().unwrap() = Arc::new(connections);
    }
}

/// A host, connections or a store, with a [`FaultInjector`].
#[derive(Clone)]
pub struct Faulty<T> {
    pub inner: T,
    pub faults: FaultInjector,
}

#[deny(clippy::missing_trait_methods)]
impl Directory for Faulty<FakeDirectory> {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        self.faults.ask(Verb::Viewer, || self.inner.viewer(request))
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        self.faults.ask(Verb::Organization, || self.inner.organization(slug))
    }

    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership> {
        self.faults.ask(Verb::Membership, || self.inner.membership(organization, account))
    }

    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        self.faults.ask(Verb::Emails, || self.inner.verified_emails(account))
    }

    fn apply(&self, login: &CompletedLogin) -> Lookup<ApplyOutcome> {
        self.faults.ask(Verb::Apply, || self.inner.apply(login))
    }

    fn invitation(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<String>> {
        self.faults.ask(Verb::Invitation, || self.inner.invitation(organization, account))
    }

    fn public_content(&self, request: RequestHead<'_>, organization: &OrgId) -> Lookup<bool> {
        self.faults.ask(Verb::PublicContent, || self.inner.public_content(request, organization))
    }

    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        self.faults.ask(Verb::Slug, || self.inner.slug(organization))
    }

    // This is not a lookup, so it cannot fail.
    fn sign_in_url(&self, return_to: &ReturnPath) -> Option<ReturnPath> {
        self.inner.sign_in_url(return_to)
    }
}

impl TokenDirectory for Faulty<FakeDirectory> {
    fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
        self.faults.ask(Verb::Tokens, || self.inner.tokens(account))
    }
}

impl LogoutHandler for Faulty<FakeDirectory> {
    fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome> {
        self.faults.ask(Verb::LoggedOut, || self.inner.logged_out(logout))
    }
}

impl JoinHandler for Faulty<FakeDirectory> {
    fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome> {
        self.faults.ask(Verb::Join, || self.inner.join(login))
    }

    fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
        self.faults.ask(Verb::Welcome, || self.inner.welcome(new_user))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Connections for Faulty<Settings> {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        let connections = Arc::clone(&self.inner.0.lock().unwrap());
        self.faults.ask(Verb::Connection, || connections.find(organization))
    }
}

#[deny(clippy::missing_trait_methods)]
impl SessionStore for Faulty<MemoryStore> {
    fn revision(&self, since: Option<SystemTime>) -> Lookup<Revision> {
        self.faults.ask(Verb::SessionRevision, || self.inner.revision(since))
    }

    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome> {
        self.faults.ask(Verb::SessionInsert, || {
            let inserted = self.inner.insert(session).now_or_never().expect("memory answers at once");
            if matches!(inserted, Ok(InsertOutcome::Stored)) {
                self.faults.0.lock().unwrap().stored += 1;
            }
            Lookup::ready(inserted)
        })
    }

    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>> {
        let other = self.faults.0.lock().unwrap().other_session.take();
        self.faults.ask(Verb::SessionFind, || match other {
            Some(other) => Lookup::now(Some(other)),
            None => SessionStore::find(&self.inner, key),
        })
    }

    fn list(&self, list: &SessionList) -> Lookup<SessionPage> {
        self.faults.ask(Verb::SessionList, || SessionStore::list(&self.inner, list))
    }

    fn revoked(&self, session: &SsoSession) -> Lookup<bool> {
        self.faults.ask(Verb::SessionRevoked, || self.inner.revoked(session))
    }

    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome> {
        let also = self.faults.0.lock().unwrap().also_revoked.take();
        self.faults.ask(Verb::SessionRevoke, || {
            let mut revoked = self.inner.revoke(revocation).now_or_never().expect("memory answers at once");
            if let (Ok(revoked), Some(also)) = (&mut revoked, also) {
                revoked.sessions.push(also);
            }
            Lookup::ready(revoked)
        })
    }
}

#[deny(clippy::missing_trait_methods)]
impl OneTime for Faulty<MemoryStore> {
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome> {
        self.faults.0.lock().unwrap().kept.extend(&entry.value);
        self.faults.ask(Verb::Put, || self.inner.put(entry))
    }

    fn take(&self, key: &Digest) -> Lookup<TakeOutcome> {
        self.faults.ask(Verb::Take, || self.inner.take(key))
    }

    fn claim(&self, claim: &Claim) -> Lookup<ClaimOutcome> {
        self.faults.ask(Verb::Claim, || self.inner.claim(claim))
    }

    fn key_ring(&self) -> Option<tower_sso::keys::KeyRing> {
        self.inner.key_ring()
    }
}

#[deny(clippy::missing_trait_methods)]
impl Links for Faulty<MemoryStore> {
    fn link(&self, link: &Link, login: &SessionId) -> Lookup<LinkOutcome> {
        self.faults.ask(Verb::Pin, || self.inner.link(link, login))
    }

    fn undo(&self, link: &Link, login: &SessionId) -> Lookup<bool> {
        self.faults.ask(Verb::Undo, || self.inner.undo(link, login))
    }

    fn find(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<Link>> {
        self.faults.ask(Verb::LinkFind, || Links::find(&self.inner, organization, account))
    }

    fn unlink(&self, organization: &OrgId, account: &AccountId) -> Lookup<bool> {
        self.faults.ask(Verb::Unlink, || self.inner.unlink(organization, account))
    }
}

#[deny(clippy::missing_trait_methods)]
impl JoinLinks for Faulty<MemoryStore> {
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome> {
        self.faults.ask(Verb::JoinAdd, || self.inner.add(link))
    }

    fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<Option<JoinLink>> {
        let other = self.faults.0.lock().unwrap().other_link.take();
        self.faults.ask(Verb::JoinFind, || match other {
            Some(other) => Lookup::now(Some(other)),
            None => JoinLinks::find(&self.inner, organization, id),
        })
    }

    fn list(&self, organization: &OrgId) -> Lookup<Vec<JoinLink>> {
        self.faults.ask(Verb::JoinList, || JoinLinks::list(&self.inner, organization))
    }

    fn count(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        self.faults.ask(Verb::JoinCount, || self.inner.count(organization, id))
    }

    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        self.faults.ask(Verb::JoinRemove, || self.inner.remove(organization, id))
    }
}
