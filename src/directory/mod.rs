//! What the app implements: the trait [`Directory`], which every app needs, and three traits for more.
//!
//! | trait | what the app answers or does | needed if |
//! |---|---|---|
//! | [`Directory`] | who sends a request, which organization a slug names, who is a member; applies the result of an SSO login | always |
//! | [`TokenDirectory`] | which API tokens an account has | the app has API tokens ([`SsoBuilder::tokens`](crate::SsoBuilder::tokens)) |
//! | [`JoinHandler`] | makes an account a member; creates accounts for visitors | the app has join links ([`SsoBuilder::join`](crate::SsoBuilder::join)) |
//! | [`LogoutHandler`] | what else ends when SSO sessions end | the app wants to know of logouts ([`SsoBuilder::on_logout`](crate::SsoBuilder::on_logout)) |
//!
//! An error is never an answer: if a lookup fails, the request gets 503. For example, this is how an app turns what its
//! database found into a [`Membership`]:
//!
//! ```
//! use std::io;
//!
//! use tower_sso::{Lookup, Membership};
//!
//! fn membership(found: Result<Option<&str>, io::Error>) -> Lookup<Membership> {
//!     match found {
//!         Ok(Some("collaborator")) => Lookup::now(Membership::ExternalCollaborator), // SSO is not required
//!         Ok(Some(_)) => Lookup::now(Membership::member()),
//!         Ok(None) => Lookup::now(Membership::NonMember),
//!         Err(error) => Lookup::failed(error), // never `NonMember`: that would let a member pass without SSO
//!     }
//! }
//! assert_eq!(membership(Ok(Some("member"))).known(), Some(&Membership::member()));
//! assert_eq!(membership(Err(io::ErrorKind::TimedOut.into())).known(), None);
//! ```

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
