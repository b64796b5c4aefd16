//! A kit for the tests of an app. **Never for production**: enable the feature `testing` in `[dev-dependencies]` only.
//!
//! ```toml
//! [dev-dependencies]
//! tower-sso = { version = "0.1", features = ["testing"] }
//! ```
//!
//! - [`DirectoryCheck`] checks an app's [`Directory`](crate::Directory) in one call: stored ids of organizations,
//!   errors that are errors, verified email addresses only, a viewer who is not established.
//! - [`log_in`] gives a member an SSO session without a provider, so that a guarded handler can be tested. For an app
//!   whose app sessions have no id, there is [`log_in_without_session_id`].
//! - [`VerifiedIdentity::for_tests`](crate::identity::VerifiedIdentity::for_tests) and
//!   [`NewUser::for_tests`](crate::join::NewUser::for_tests) make the values that an app's
//!   [`JoinHandler`](crate::join::JoinHandler) receives.
//!   [`CompletedLogin::new`](crate::CompletedLogin::new) makes what [`Directory::apply`](crate::Directory::apply)
//!   receives, and needs no feature.
//! - For whole SSO logins, use the provider in the crate
//!   [`tower-sso-test-idp`](https://docs.rs/tower-sso-test-idp), which can also lie.
//!
//! See the [handbook](crate::handbook), *Testing*.

mod check;
mod constructors;
mod findings;
mod log_in;
mod organization_ids;

pub use self::{
    check::DirectoryCheck,
    findings::DirectoryFindings,
    log_in::{LogInError, log_in, log_in_without_session_id},
    organization_ids::{OrganizationIdsProblem, check_organization_ids},
};
