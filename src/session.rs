//! SSO sessions, and which of them a call is about. See the [handbook](crate::handbook), *SSO sessions and logout*.
//!
//! - An [`SsoSession`] proves that one credential logged in with SSO through one organization's connection. It never
//!   changes, and it expires at a fixed time. Its id is not a secret: knowing the id gives no access.
//! - A [`RevocationScope`] says which sessions [`Sso::revoke`](crate::Sso::revoke) ends. SSO logins in progress in the
//!   same scope are refused.
//! - [`SessionsOf`] says which sessions a call may see or end. Take the account and the organization from what the app
//!   has checked, never from the request's form.
//!
//! ```
//! use tower_sso::{AccountId, Error, OrgId, Sso, session::{RevocationScope, SessionId, SessionsOf}};
//!
//! /// The button on a user's own page. The id of another account's session ends nothing.
//! async fn end_own_session(sso: &Sso, me: &AccountId, id: &str) -> Result<bool, Error> {
//!     sso.end_session(&SessionId::new(id), &SessionsOf::Account(me.clone())).await
//! }
//!
//! /// Called when an administrator removes a member from the organization.
//! async fn member_removed(sso: &Sso, organization: &OrgId, account: &AccountId) -> Result<usize, Error> {
//!     sso.revoke(RevocationScope::Member(organization.clone(), account.clone())).await
//! }
//! ```

pub use tower_sso_core::session::{
    ConnectionVersion, Revision, RevocationScope, SessionCursor, SessionId, SessionPage, SessionsOf,
    SsoSession,
};
