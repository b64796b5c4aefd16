//! Makes single sign-on mandatory for an organization, inside an app that already has its own login.

mod audit;
mod digest;
mod directory;
mod error;
mod id;
mod identity;
mod login;
mod lookup;
mod secret;
mod session;
mod time;

#[cfg(feature = "test-idp")]
pub mod test_idp;

pub use crate::{
    audit::{Action, AuditEvent, AuditSink, Reference, TracingSink},
    digest::Digest,
    directory::{Applied, Binding, Credential, CredentialKind, Directory, Member, SignOn, Standing, Viewer},
    error::{Advice, ConfigError, LoginError, LoginErrorKind},
    id::{AccountId, CredentialId, OrgId, OrgSlug},
    identity::{EmailVerified, Profile, Protocol, VerifiedIdentity},
    login::ReturnPath,
    lookup::{Lookup, LookupError},
    secret::Secret,
    session::{
        Claimed, ConnectionVersion, FreshSession, Inserted, Link, LinkScope, Links, OneTime, OneTimeEntry,
        Pinned, Put, Revocation, RevocationScope, SessionId, SessionKey, SessionStore, SsoSession, Taken,
    },
    time::Clock,
};
