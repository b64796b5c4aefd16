//! The trait of stores for SSO sessions, and the types of its arguments and results.

use std::sync::Arc;

use crate::{
    credential::Credential,
    id::{AccountId, OrgId},
    lookup::Lookup,
    session::{
        list::{SessionList, SessionPage},
        revocation::Revocation,
        sso_session::SsoSession,
    },
};

/// Stores SSO sessions. It can insert, find, list and revoke them. A session never changes, so no update can be lost.
///
/// An SSO login takes time: it begins at [`begun_at`](SsoSession::begun_at), and `insert` is called when it finishes.
/// If access is revoked in between, the session must not be stored. Therefore [`revoke`](Self::revoke) leaves a *mark*,
/// and [`insert`](Self::insert) refuses every session that a mark covers and that began at or before the mark's time.
/// `insert` and `revoke` are atomic with respect to each other: whichever runs second sees the effect of the first. In
/// SQL, for example, use a lock that both take, or `SERIALIZABLE` transactions with retry.
///
/// *Newest* always means inserted last, whatever the session's times are. Ids of sessions may repeat. A key can have
/// several sessions; when the newest is revoked, the one that was inserted before it is found again. The store never
/// checks whether a session has expired: it returns expired sessions, and the caller checks. It may drop expired
/// sessions.
///
/// # Time
///
/// No method has an argument `now`. A store that drops what has expired takes the time from
/// [`begun_at`](SsoSession::begun_at) in `insert` and from [`at`](Revocation::at) in `revoke`: it is at least that
/// late.
///
/// If the store rounds times, it rounds `begun_at` and `at` in the same way, and both before it compares them. A login
/// that began in the millisecond of the revocation then counts as begun before it. The serialized form of
/// [`SsoSession`] and [`Revocation`] has whole milliseconds, rounded down.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "not found".
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session and returns [`InsertOutcome::Stored`]. Does not store it, and returns
    /// [`InsertOutcome::Revoked`], if a revocation whose scope [covers](crate::session::RevocationScope::covers) the
    /// session was made at or after its [`begun_at`](SsoSession::begun_at).
    ///
    /// Also returns `Revoked` if the session began at or before the `at` of any mark that the store has dropped,
    /// whatever the scope of that mark was: the store can no longer tell whether the session was revoked. See
    /// [`revoke`](Self::revoke).
    ///
    /// May drop expired sessions, and the oldest sessions, to make room.
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

    /// Ends all sessions that the scope [covers](crate::session::RevocationScope::covers), no matter when they began,
    /// including older sessions that `find` does not return because of a newer one under the same key. In the same
    /// atomic step, leaves a mark until [`mark_until`](Revocation::mark_until) that refuses sessions whose SSO login
    /// began at or before [`at`](Revocation::at). An earlier revocation never weakens the mark of a later one: if a
    /// store keeps one mark for each scope, it keeps the later `at` and the later `mark_until`.
    ///
    /// The clock may step back after a mark was dropped. Therefore a store that drops marks remembers the latest `at`
    /// of all marks that it has dropped, as one time for the whole store, and [`insert`](Self::insert) and
    /// [`revoked`](Self::revoked) refuse every session that began at or before that time.
    ///
    /// Returns how many sessions ended and, for most scopes, which ones: see [`RevokeOutcome`]. Every session that
    /// ended is in the answer of exactly one call. Sessions that had expired and were still stored count too.
    ///
    /// # Errors
    ///
    /// Returns `Err` if there is no room for the mark, or if the store does not know the kind of
    /// [`RevocationScope`](crate::session::RevocationScope). If only the mark has no room, end the sessions all the
    /// same: the caller can't rely on it, but access ends earlier.
    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome>;
}

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
