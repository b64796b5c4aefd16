//! Makes single sign-on mandatory for an organization, inside an app that already has its own login.

// Without a protocol nobody can sign on: what signs on is built, and not used.
#![cfg_attr(not(feature = "oidc"), allow(dead_code, unused_imports, unused_variables))]

mod address;
mod audit;
mod builder;
mod connection;
mod digest;
mod directory;
mod enforce;
mod error;
mod id;
mod identity;
mod login;
mod lookup;
mod pages;
#[cfg(feature = "oidc")]
mod provider;
mod secret;
mod session;
mod sso;
mod store;
mod time;

#[cfg(feature = "test-idp")]
pub mod test_idp;

#[cfg(feature = "axum")]
pub use crate::enforce::{Fresh, SsoPassRejection};
pub use crate::{
    audit::{Action, AuditEvent, AuditSink, Reference, TracingSink},
    builder::SsoBuilder,
    connection::{
        AbsentVerification, Bound, Connection, ConnectionSettings, Connections, EmailRules, Enforcement,
        FixedConnections, PublicContent, TokenPolicy,
    },
    digest::Digest,
    directory::{Applied, Binding, Credential, CredentialKind, Directory, Member, SignOn, Standing, Viewer},
    enforce::{
        Challenge, Namespace, NotRequired, Pending, PendingOrganization, Refusal, RequestHead,
        ResponseFuture, Scope, SsoLayer, SsoPass, SsoService, Why,
    },
    error::{Advice, ConfigError, LoginError, LoginErrorKind},
    id::{AccountId, CredentialId, OrgId, OrgSlug},
    identity::{EmailVerified, Profile, Protocol, VerifiedIdentity},
    login::ReturnPath,
    lookup::{Lookup, LookupError},
    pages::{DefaultPages, ErrorPage, FramedPage, Pages, ProceedPage, StartPage, Words},
    secret::Secret,
    session::{
        Claimed, ConnectionVersion, FreshSession, Inserted, Link, LinkScope, Links, OneTime, OneTimeEntry,
        Pinned, Put, Revocation, RevocationScope, SessionId, SessionKey, SessionStore, SsoSession, Taken,
    },
    sso::{RequireError, Sso},
    store::{MemoryLimits, MemoryStore},
    time::Clock,
};

#[cfg(feature = "oidc")]
pub use crate::connection::{ConnectionDocument, FileConnections};
#[cfg(feature = "oidc")]
pub use crate::provider::{
    ClientAuthentication, DangerousOidcSettings, HmacAlgorithm, JwsAlgorithm, OidcDocument, OidcSettings,
    Prompt, PushedRequests, ResponseMode, Userinfo,
};
