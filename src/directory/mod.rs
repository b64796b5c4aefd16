//! What the app tells this crate about its users and organizations: the trait [`Directory`] and its types.
//!
//! The app implements [`Directory`] to answer three questions: who sends a request, which organization a slug names,
//! and who is a member. What belongs to API tokens, to joining and to logouts are traits of their own, each with a setter
//! of the builder. An error is never an answer: if a lookup fails, the request gets 503.

pub(crate) mod host;
pub(crate) mod join;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod membership;
pub(crate) mod new_user;
pub(crate) mod tokens;
pub(crate) mod viewer;

pub use self::{
    host::Directory,
    join::JoinHandler,
    login::{ApplyOutcome, CompletedLogin, JoinOutcome, SignUp},
    logout::{Logout, LogoutBy, LogoutHandler, LogoutOutcome},
    membership::{EnforcementOverride, Member, Membership},
    tokens::{ApiToken, TokenDirectory},
    viewer::{SignedIn, Viewer},
};
pub use tower_sso_core::{Credential, CredentialKind};
