//! SSO sessions, and which of them a call is about. See the [handbook](crate::handbook), *SSO sessions and logout*.

pub use tower_sso_core::session::{
    ConnectionVersion, RevocationScope, SessionCursor, SessionId, SessionPage, SessionsOf, SsoSession,
};
