//! What the app tells this crate about its users and organizations: the trait [`Directory`] and its types.
//!
//! The app implements [`Directory`] to answer three questions: who sends a request, which organization a slug names,
//! and who is a member. An error is never an answer: if a lookup fails, the request gets 503.

pub(crate) mod host;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod membership;
pub(crate) mod new_user;
pub(crate) mod viewer;

pub use self::{
    host::Directory,
    login::{ApplyOutcome, CompletedLogin, JoinOutcome, SignUp},
    logout::{Logout, LogoutBy, LogoutOutcome},
    membership::{EnforcementOverride, Member, Membership},
    viewer::{ApiToken, SignedIn, Viewer},
};
pub use crate::credential::{Credential, CredentialKind};
