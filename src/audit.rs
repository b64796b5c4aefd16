//! What happened, for the operator: one enum, stable names, a sink. Never a secret, a code or a token.

mod ended;
mod request;

use std::{fmt, time::SystemTime};

pub use self::request::{AuditedConnection, ClientAddress, Network};
pub(crate) use self::{
    ended::ended,
    request::{about, during},
};
use crate::{AccountId, Credential, JoinLinkId, LoginErrorKind, LookupError, OrgId};

/// One thing that happened, with whom and where.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When.
    pub at: SystemTime,
    /// The reference that the visitor's page shows, if there was a page.
    pub reference: Reference,
    /// The organization, as far as it was known.
    pub organization: Option<OrgId>,
    /// The account that it happened to, as far as it was known.
    pub account: Option<AccountId>,
    /// Who did it in the account's stead, where the app said so by [`Sso::acting`](crate::Sso::acting): an administrator.
    pub actor: Option<AccountId>,
    /// The credential that it was about: the token that was authorised, the one whose SSO sessions ended, the new id of
    /// one that has another.
    pub credential: Option<Credential>,
    /// The connection, as far as it was known.
    pub connection: Option<AuditedConnection>,
    /// The network that the request came from, if the app says: see [`ClientAddress`].
    pub network: Option<Network>,
    /// What happened.
    pub action: Action,
}

impl AuditEvent {
    pub(crate) fn new(at: SystemTime, reference: Reference, action: Action) -> Self {
        Self {
            at,
            reference,
            organization: None,
            account: None,
            actor: None,
            credential: None,
            connection: None,
            network: None,
            action,
        }
    }

    pub(crate) fn organization(mut self, organization: &OrgId) -> Self {
        self.organization = Some(organization.clone());
        self
    }

    pub(crate) fn account(mut self, account: &AccountId) -> Self {
        self.account = Some(account.clone());
        self
    }

    /// With what is known of the request under way.
    pub(crate) fn completed(mut self) -> Self {
        request::complete(&mut self);
        self
    }
}

/// What happened. The name of each is stable: `scope.action`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// A sign-on was begun and the visitor sent to the provider.
    LoginBegun,
    /// The provider's answer passed every check.
    LoginReceived,
    /// A sign-on is complete: an SSO session was stored.
    LoginFinished,
    /// A sign-on was refused.
    LoginRefused {
        /// Why.
        kind: LoginErrorKind,
        /// What was behind it.
        detail: Option<String>,
    },
    /// The provider ended sessions of a user of its own, or all of them: each was recorded before this as
    /// [`SessionRevoked`](Self::SessionRevoked).
    LogoutReceived,
    /// Someone ended their SSO session here, and the provider is asked to end its own if it can be.
    LogoutBegun,
    /// The provider answered that it ended its session.
    LogoutFinished,
    /// The provider's user was linked to the account for the first time.
    LinkPinned,
    /// The link was made anew, because the connection's issuer, client or NameID format changed.
    LinkRepinned,
    /// An administrator removed the link.
    LinkRemoved,
    /// An administrator made a join link.
    JoinLinkMade {
        /// Which.
        link: JoinLinkId,
    },
    /// An administrator revoked a join link: nobody joins by it any more, nor who had begun to.
    JoinLinkRevoked {
        /// Which.
        link: JoinLinkId,
    },
    /// Somebody without an account came by a join link, the provider vouched for them, and the host took them on to make
    /// them one.
    NewcomerHandedOver {
        /// Which link.
        link: JoinLinkId,
    },
    /// An account became a member by a join link.
    MemberJoined {
        /// Which link.
        link: JoinLinkId,
    },
    /// The host kept the account's role: it is the organization's last administrator.
    RoleKeptLastAdmin {
        /// The role that the profile came to, and what gave it, in words.
        reason: String,
    },
    /// The host took the role that the profile came to.
    RoleApplied {
        /// The role.
        role: String,
        /// The role and what gave it, in words.
        reason: String,
    },
    /// It could not be told what the provider says about the role: the account keeps the one it has.
    RoleUnknown {
        /// Why, in words.
        reason: String,
    },
    /// The host took the roles in resource groups that the profile came to, maybe none.
    GroupsApplied {
        /// In how many groups.
        count: usize,
        /// Which role in which group by which value, and what became of the others, in words.
        reason: String,
    },
    /// It could not be told what the provider says about resource groups: nothing changed in any.
    GroupsUnknown {
        /// Why, in words.
        reason: String,
    },
    /// SSO sessions were ended.
    SessionRevoked {
        /// Which: `credential`, `session`, `account`, `member`, `other_emails`, `organization` or `idp_session`.
        scope: &'static str,
        /// How many.
        count: usize,
    },
    /// An SSO session went over to the host's new credential id.
    SessionRebound,
    /// A token was authorised for the organization.
    TokenAuthorised,
    /// A lookup failed or was late, so that a request could not be decided: it was answered with 503. At a logout the rest
    /// of it goes on, and the provider is told that not everything ended.
    LookupFailed {
        /// Which lookup.
        verb: &'static str,
        /// What the host or the store said.
        detail: String,
    },
    /// Something of the connection ends soon, or has ended: a certificate, or the provider's metadata.
    Expiring {
        /// Which: `provider_certificate`, `provider_metadata`, `signing_certificate` or `decryption_certificate`.
        what: &'static str,
        /// When.
        at: SystemTime,
    },
    /// A reload of the connections' file changed one: see
    /// [`Sso::connections_reloaded`](crate::Sso::connections_reloaded).
    ConnectionChanged {
        /// How: `added`, `changed` (its sessions ended), `adjusted` (they go on), `removed`.
        what: &'static str,
    },
    /// A handler that wants a fresh SSO session was asked without one.
    FreshRequired,
    /// A request reached the layer in a way that hides its organization, or before the host's authentication.
    Misplaced {
        /// Which misplacement.
        kind: &'static str,
    },
}

impl Action {
    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::LoginBegun => "login.begun",
            Self::LoginReceived => "login.received",
            Self::LoginFinished => "login.finished",
            Self::LoginRefused { .. } => "login.refused",
            Self::LogoutReceived => "logout.received",
            Self::LogoutBegun => "logout.begun",
            Self::LogoutFinished => "logout.finished",
            Self::LinkPinned => "link.pinned",
            Self::LinkRepinned => "link.repinned",
            Self::LinkRemoved => "link.removed",
            Self::JoinLinkMade { .. } => "join_link.made",
            Self::JoinLinkRevoked { .. } => "join_link.revoked",
            Self::NewcomerHandedOver { .. } => "newcomer.handed_over",
            Self::MemberJoined { .. } => "member.joined",
            Self::RoleKeptLastAdmin { .. } => "role.kept_last_admin",
            Self::RoleApplied { .. } => "role.applied",
            Self::RoleUnknown { .. } => "role.unknown",
            Self::GroupsApplied { .. } => "groups.applied",
            Self::GroupsUnknown { .. } => "groups.unknown",
            Self::SessionRevoked { .. } => "session.revoked",
            Self::SessionRebound => "session.rebound",
            Self::TokenAuthorised => "token.authorised",
            Self::LookupFailed { .. } => "lookup.failed",
            Self::Expiring { .. } => "connection.expiring",
            Self::ConnectionChanged { .. } => "connection.changed",
            Self::FreshRequired => "session.fresh_required",
            Self::Misplaced { .. } => "layer.misplaced",
        }
    }
}

/// A short random id that leads from a visitor's page to the audit event.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reference(String);

impl Reference {
    /// A new one: 80 random bits as 16 characters that are read aloud without doubt (Crockford's base 32).
    pub(crate) fn new() -> Result<Self, LookupError> {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bytes = crate::digest::random_bytes::<16>()?;
        Ok(Self(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()))
    }

    /// Where no randomness was to be had.
    pub(crate) fn none() -> Self {
        Self("-".to_owned())
    }

    /// The id as the page shows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({self})")
    }
}

/// Where audit events go. Must not block: hand them to a queue.
pub trait AuditSink: Send + Sync + 'static {
    /// Takes one event.
    fn record(&self, event: &AuditEvent);
}

impl<F: Fn(&AuditEvent) + Send + Sync + 'static> AuditSink for F {
    fn record(&self, event: &AuditEvent) {
        self(event);
    }
}

/// Writes each event to `tracing`, target `tower_sso::audit`: refusals as warnings, failures as errors. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

impl AuditSink for TracingSink {
    fn record(&self, event: &AuditEvent) {
        let organization = event.organization.as_ref().map(OrgId::as_str);
        let account = event.account.as_ref().map(AccountId::as_str);
        let actor = event.actor.as_ref().map(AccountId::as_str);
        let credential = event.credential.as_ref().map(|credential| credential.id.as_str());
        let kind = event.credential.as_ref().map(|credential| credential.kind.as_str());
        let protocol = event.connection.map(|connection| connection.protocol.as_str());
        let version = event.connection.map(|connection| connection.version.to_string());
        let network = event.network.map(|network| network.to_string());
        let (name, reference) = (event.action.name(), event.reference.as_str());
        macro_rules! write {
            ($level:ident $($field:tt)*) => {
                tracing::$level!(
                    target: "tower_sso::audit",
                    name, reference, organization, account, actor, credential, credential_kind = kind, protocol, version,
                    network $($field)*
                )
            };
        }
        match &event.action {
            Action::LoginRefused { kind, detail } => write!(warn, kind = kind.as_str(), detail),
            Action::LookupFailed { verb, detail } => write!(error, verb, detail),
            Action::Misplaced { kind } => write!(error, kind),
            Action::Expiring { what, at } => write!(warn, what, at = crate::time::rfc3339(*at)),
            Action::ConnectionChanged { what } => write!(info, what),
            Action::SessionRevoked { scope, count } => write!(info, scope, count),
            Action::RoleApplied { role, reason } => write!(info, role, reason),
            Action::RoleKeptLastAdmin { reason } => write!(info, reason),
            Action::GroupsApplied { count, reason } => write!(info, count, reason),
            Action::RoleUnknown { reason } | Action::GroupsUnknown { reason } => write!(warn, reason),
            Action::JoinLinkMade { link }
            | Action::JoinLinkRevoked { link }
            | Action::NewcomerHandedOver { link }
            | Action::MemberJoined { link } => write!(info, link = link.as_str()),
            Action::LoginBegun
            | Action::LoginReceived
            | Action::LoginFinished
            | Action::LogoutReceived
            | Action::LogoutBegun
            | Action::LogoutFinished
            | Action::LinkPinned
            | Action::LinkRepinned
            | Action::LinkRemoved
            | Action::SessionRebound
            | Action::TokenAuthorised
            | Action::FreshRequired => write!(info),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_action_stands_in_the_documentation() {
        let page = include_str!("../docs/audit.md");
        let names = include_str!("audit.rs").lines().filter_map(|line| {
            let (_, name) = line.trim().strip_prefix("Self::")?.split_once("=> \"")?;
            name.strip_suffix("\",")
        });
        let names: Vec<_> = names.collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(page.contains(&format!("| `{name}` |")), "docs/audit.md has no {name}");
        }
    }
}
