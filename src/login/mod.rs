//! The SSO login: everything between the start page and an SSO session, and the errors that it can end with.
//!
//! 1. **Start** shows the start page to a member who is signed in to the app. The page's form carries the return path
//!    and what the handler demands.
//! 2. **Begin** answers that form. It stores a pending login and sends the browser to the provider. The pending login
//!    is bound to the organization, to the connection's version, and to the viewer's account and credential. For a
//!    person without an account it is bound to the browser, by a cookie.
//! 3. **Receive** takes what the provider sent. The OIDC `state` or the SAML RelayState finds the pending login, which
//!    is taken from the store before the answer is checked. If every check of the protocol passes, the verified
//!    identity is stored under a one-time ticket, and the browser gets the ticket.
//! 4. **Finish** takes the ticket. The viewer must have the account and the credential that began. The email rules, the
//!    account link and the mappings decide; the app applies the result; the SSO session is stored; the browser goes to
//!    the return path.
//!
//! A pending login and a ticket work once. What each step is bound to is stored with them, never sent by the browser.
//! Receive and finish are two steps because a SAML response is a cross-site POST: the browser sends no `SameSite`
//! cookie with it, and receive therefore has no viewer.
//!
//! A step that fails shows an error page and records an audit event. The [`LoginErrorKind`] says why: it has a stable
//! name, the page's HTTP status, and an [`Advice`] for the visitor. Only the operator sees the detail.
//!
//! ```
//! use tower_sso::{audit::Action, login::{Advice, LoginErrorKind}};
//!
//! /// Returns whether the operator should look at this event.
//! fn needs_attention(action: &Action) -> bool {
//!     matches!(action, Action::LoginRefused { kind, .. } if kind.advice() == Advice::AskAdministrator)
//! }
//! let late = LoginErrorKind::StateExpired; // the visitor took too long: nothing is wrong
//! assert_eq!((late.as_str(), late.status().as_u16()), ("state_expired", 400));
//! assert!(!needs_attention(&Action::LoginRefused { kind: late, detail: None }));
//! assert!(needs_attention(&Action::LoginRefused { kind: LoginErrorKind::SignatureInvalid, detail: None }));
//! ```

// The binding is a `record::BegunLogin`: begin writes it into the pending login, receive copies it into the ticket, and
// finish compares it with the viewer.
//
// | what | where |
// |---|---|
// | which handler answers which path | `routes`, `saml_routes`, and the handlers in `join::page`, `initiate`, `tokens`, `tokens_json`, `dismiss_banner` |
// | 1. start | `start`, its parameters in `start_params`; `initiate` leads from a provider's tile to the start page (OIDC) |
// | 2. begin | `begin`; `expiring` warns the operator of certificates that expire |
// | 3. receive | `receive`; `confirm` asks the viewer about a SAML response that no SSO login here requested |
// | 4. finish | `finish`, with `admission` (may this account log in or join?), `email` (is the address the account's?), `apply` (role and groups) |
// | join links, people without an account | `join`; `browser` is the cookie that binds them |
// | SAML single logout | `logout` |
// | API tokens of the viewer | `tokens` (the page and its rules), `tokens_json` (the same for scripts) |
// | other routes | `status`, `dismiss_banner` |
// | records that are stored meanwhile, and their keys | `record` |
// | what a request contains; lookups with the errors of an SSO login | `request`, `lookups` |
// | a step that failed: its page and its audit event | `failure`, `respond` |
// | where the browser goes next; the app's sign-in page | `onward`, `sign_in` |
// | other audit events | `event` |
// | sessions whose email address no longer belongs to the account | `emails_changed` |
//
// Not here: the checks of the protocols (`provider`), the words of the pages (`pages`), the table of error kinds
// (`error`), and whether a request needs an SSO session (`enforce`).

mod admission;
mod apply;
mod begin;
mod browser;
#[cfg(feature = "saml")]
mod confirm;
mod dismiss_banner;
pub(crate) mod email;
pub(crate) mod emails_changed;
mod event;
mod expiring;
pub(crate) mod failure;
mod finish;
#[cfg(feature = "oidc")]
mod initiate;
pub(crate) mod join;
#[cfg(feature = "saml")]
pub(crate) mod logout;
mod lookups;
mod onward;
mod receive;
pub(crate) mod record;
mod request;
mod respond;
pub(crate) mod routes;
#[cfg(feature = "saml")]
mod saml_routes;
mod sign_in;
mod start;
mod start_params;
mod status;
mod tokens;
mod tokens_json;

// The public errors of an SSO login. They are defined in `error`.
pub use crate::error::{
    kind::{Advice, LoginErrorKind},
    login_error::LoginError,
};
