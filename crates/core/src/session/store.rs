//! The trait of stores for SSO sessions, and the types of its arguments and results.

use std::{sync::Arc, time::SystemTime};

use crate::{
    credential::Credential,
    id::{AccountId, OrgId},
    lookup::Lookup,
    session::{
        list::{SessionList, SessionPage},
        revision::Revision,
        revocation::Revocation,
        sso_session::SsoSession,
    },
};

/// Stores SSO sessions. It can insert, find, list and revoke them. A session never changes, so no update can be lost.
///
/// *Newest* always means inserted last, whatever the session's times are. Ids of sessions may repeat. A key can have
/// several sessions; when the newest is revoked, the one that was inserted before it is found again. The store never
/// checks whether a session has expired: it returns expired sessions, and the caller checks. It may drop expired
/// sessions.
///
/// # Order
///
/// An SSO login takes time: it begins, and `insert` is called when it finishes. If access is revoked in between, the
/// session must not be stored. The clocks of two nodes can't decide what came first. Therefore the store counts its
/// revocations: its [`Revision`] rises with each [`revoke`](Self::revoke).
///
/// 1. A login takes the revision when it begins ([`revision`](Self::revision)), and its session carries it.
/// 2. A revocation raises the revision, and leaves a *mark* with the new one.
/// 3. [`insert`](Self::insert) refuses a session if a mark covers it and has a higher revision than the session.
///
/// `insert` and `revoke` are atomic with respect to each other: whichever runs second sees the effect of the first. In
/// SQL, for example, use a lock that both take, or `SERIALIZABLE` transactions with retry.
///
/// # Time
///
/// No method has an argument `now`. A store that drops what has expired takes the time from
/// [`begun_at`](SsoSession::begun_at) in `insert` and from [`at`](Revocation::at) in `revoke`: it is at least that
/// late. The clock that gave that time may have been wrong. Therefore a store that drops a mark, for any reason, raises
/// its *floor* to the mark's revision, and refuses every session that began at a lower revision than the floor: it can
/// no longer tell whether the session was revoked.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "not found".
pub trait SessionStore: Send + Sync + 'static {
    /// Returns the revision at which a login begins. With `since` as `None`, it is the store's revision now.
    ///
    /// A response that no login asked for (SAML profiles §4.1.5) has no revision: it began at the provider, at the time
    /// `since`. For it, the answer is lower than the revision of every revocation whose [`at`](Revocation::at) is
    /// `since` or later, whether the store still has its mark or not. A store that drops marks therefore remembers the
    /// latest `at` of all marks that it has dropped; if that is `since` or later, the answer is revision 0. If a store
    /// keeps one mark for each scope, with the later revision and the later `at`, these are enough.
    fn revision(&self, since: Option<SystemTime>) -> Lookup<Revision>;

    /// Stores a session and returns [`InsertOutcome::Stored`]. Does not store it, and returns
    /// [`InsertOutcome::Revoked`], if the store has made a revocation that [covers](crate::session::RevocationScope::covers) the session
    /// at a higher revision than the session's, or if the session's revision is lower than the floor: see
    /// [Time](Self#time).
    ///
    /// May drop expired sessions, and the oldest sessions, to make room, but never the session that it stores, even if
    /// that one has expired. Checks the session first and drops marks afterward, so that it answers what
    /// [`revoked`](Self::revoked) would have answered. An account that has more than
    /// [`MEMBER_SESSIONS`] sessions in the organization loses its oldest one there, so that nobody can displace the
    /// sessions of others by logging in again and again.
    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome>;

    /// Returns whether [`insert`](SessionStore::insert) would answer [`InsertOutcome::Revoked`] for this session now.
    /// Changes nothing. tower-sso calls this before an SSO login changes anything in the app. A revocation can still
    /// come after this call; `insert` then refuses the session.
    fn revoked(&self, session: &SsoSession) -> Lookup<bool>;

    /// Returns the session that was inserted last under this key and is not revoked, or `None` if there is no such
    /// session. Returns an expired session too: the caller checks.
    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>>;

    /// Returns one page of the sessions that `list.of` [covers](crate::session::SessionsOf::covers), newest first. A
    /// session is in the list if [`find`](SessionStore::find) returns it under its own key; older sessions of the same
    /// key are not. Expired sessions are included.
    ///
    /// Pages are stable: a session that is inserted while a caller reads the pages does not appear on a later page, and
    /// no session appears on two pages. The session at which a page ended may end before the next page is read. A
    /// number that increases with each insert is a good position, and the id of a session is not.
    ///
    /// A cursor is a position among all sessions: with another `of`, it continues that list from there. The store
    /// does not have to remember which cursors it returned. Text that can't be one of its cursors gives an empty page,
    /// not an error and not the first page. A limit of 0 counts as 1.
    ///
    /// # Errors
    ///
    /// Returns `Err` if the store does not know the kind of [`SessionsOf`](crate::session::SessionsOf).
    fn list(&self, list: &SessionList) -> Lookup<SessionPage>;

    /// Ends all sessions that the scope [covers](crate::session::RevocationScope::covers), no matter when they began, including older
    /// sessions that `find` does not return because of a newer one under the same key. In the same atomic step, raises
    /// the store's revision, and leaves a mark with the new revision until [`mark_until`](Revocation::mark_until). An
    /// earlier revocation never weakens the mark of a later one: if a store keeps one mark for each scope, it keeps the
    /// later revision, the later `at` and the later `mark_until`.
    ///
    /// **A revocation always works.** If there is no room for its mark, the store drops the mark with the lowest
    /// revision, and raises the floor: see [Time](Self#time).
    ///
    /// Returns how many sessions ended and, for most scopes, which ones: see [`RevokeOutcome`]. Every session that
    /// ended is in the answer of exactly one call. Sessions that had expired and were still stored count too.
    ///
    /// # Errors
    ///
    /// Returns `Err`, and ends nothing, if the store does not know the kind of [`RevocationScope`](crate::session::RevocationScope).
    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome>;
}

/// How many sessions of one account in one organization a store keeps. Beyond that, the account's oldest session in
/// the organization is dropped: that credential logs in with SSO again.
pub const MEMBER_SESSIONS: usize = 1_000;

/// The key that a session is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey<'a> {
    /// The credential, including its kind.
    pub credential: &'a Credential,
    /// The organization.
    pub organization: &'a OrgId,
    /// The account.
    pub account: &'a AccountId,
}

impl SsoSession {
    /// Returns the key that the session is found by.
    #[must_use]
    pub fn key(&self) -> SessionKey<'_> {
        SessionKey { credential: &self.credential, organization: &self.organization, account: &self.account }
    }
}

/// The result of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InsertOutcome {
    /// The session is stored.
    Stored,
    /// A revocation came while the SSO login was in progress. The session is not stored.
    Revoked,
}

/// The result of a revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokeOutcome {
    /// How many sessions ended, including those that `find` did not return because of a newer one, and those that had
    /// expired.
    pub count: usize,
    /// The sessions that ended, in any order, if the scope [names
    /// them](crate::session::RevocationScope::names_sessions): for every scope except `Organization`, for which this is
    /// empty. For a logout by the provider (`Idp`), tower-sso tells the app about them (`LogoutHandler::logged_out` of
    /// tower-sso). The audit log records their accounts and organizations.
    pub sessions: Vec<Arc<SsoSession>>,
}

impl RevokeOutcome {
    /// Returns an outcome with the number of sessions that ended, and the sessions, if the scope names them.
    #[must_use]
    pub fn new(count: usize, sessions: Vec<Arc<SsoSession>>) -> Self {
        Self { count, sessions }
    }
}
