//! What the app implements: the trait [`Directory`], which every app needs, and three traits for more.
//!
//! | trait | what the app answers or does | needed if |
//! |---|---|---|
//! | [`Directory`] | who sends a request, which organization a slug names, who is a member; applies the result of an SSO login | always |
//! | [`TokenDirectory`] | which API tokens an account has | the app has API tokens ([`SsoBuilder::tokens`](crate::SsoBuilder::tokens)) |
//! | [`JoinHandler`] | makes an account a member; creates accounts for visitors | the app has join links ([`SsoBuilder::join`](crate::SsoBuilder::join)) |
//! | [`LogoutHandler`] | what else ends when SSO sessions end | the app wants to know of logouts ([`SsoBuilder::on_logout`](crate::SsoBuilder::on_logout)) |
//!
//! An error is never an answer: if a lookup fails, the request gets 503.

// | what | where |
// |---|---|
// | the traits | `app` (`Directory`), `tokens`, `join`, `logout` |
// | who sends a request; how an account belongs to an organization | `viewer`, `membership` |
// | what an SSO login hands to the app, and the app's answers | `outcome`; for a person without an account `new_user` |

pub(crate) mod app;
pub(crate) mod join;
pub(crate) mod logout;
pub(crate) mod membership;
pub(crate) mod new_user;
pub(crate) mod outcome;
pub(crate) mod tokens;
pub(crate) mod viewer;

pub use self::{
    app::Directory,
    join::JoinHandler,
    logout::{Logout, LogoutBy, LogoutHandler, LogoutOutcome},
    membership::{EnforcementOverride, Member, Membership},
    outcome::{ApplyOutcome, CompletedLogin, JoinOutcome, SignUp},
    tokens::{ApiToken, TokenDirectory},
    viewer::{SignedIn, Viewer},
};
pub use tower_sso_core::{Credential, CredentialKind};
