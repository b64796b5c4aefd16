//! What can happen, each with its stable name.

use std::time::SystemTime;

use crate::{JoinLinkId, LoginErrorKind};

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
        /// The provider's own identifier of them.
        subject: String,
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

#[cfg(test)]
mod tests {
    #[test]
    fn every_action_stands_in_the_documentation() {
        let page = include_str!("../../docs/audit.md");
        let names = include_str!("action.rs").lines().filter_map(|line| {
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
