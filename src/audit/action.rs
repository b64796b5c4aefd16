//! What can happen, each with its stable name.

use std::time::SystemTime;

use crate::{join::JoinLinkId, login::LoginErrorKind};

macro_rules! actions {
    ($(
        $(#[$doc:meta])+
        $action:ident $({ $($(#[$field_doc:meta])+ $field:ident: $type:ty,)+ })? = $name:literal;
    )+) => {
        /// What happened. The table of what can happen and its stable name: `scope.action`.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Action { $($(#[$doc])+ $action $({ $($(#[$field_doc])+ $field: $type,)+ })?,)+ }

        impl Action {
            /// Every name, in order.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The stable name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$action { .. } => $name,)+ }
            }
        }
    };
}

actions! {
    /// An SSO login was begun and the visitor sent to the provider.
    LoginBegun = "login.begun";
    /// The provider's answer passed every check.
    LoginReceived = "login.received";
    /// An SSO login is complete: an SSO session was stored.
    LoginFinished = "login.finished";
    /// An SSO login was refused.
    LoginRefused {
        /// Why.
        kind: LoginErrorKind,
        /// What was behind it.
        detail: Option<String>,
    } = "login.refused";
    /// The provider ended sessions of a user of its own, or all of them: each was recorded before this as
    /// [`SessionRevoked`](Self::SessionRevoked).
    LogoutReceived = "logout.received";
    /// Someone ended their SSO session here, and the provider is asked to end its own if it can be.
    LogoutBegun = "logout.begun";
    /// The provider answered that it ended its session.
    LogoutFinished = "logout.finished";
    /// The provider's user was linked to the account for the first time.
    LinkPinned = "link.created";
    /// The link was made anew, because the connection's issuer, client or NameID format changed.
    LinkRepinned = "link.replaced";
    /// An administrator removed the link.
    LinkRemoved = "link.removed";
    /// An administrator made a join link.
    JoinLinkMade {
        /// Which.
        link: JoinLinkId,
    } = "join_link.made";
    /// An administrator revoked a join link: nobody joins by it any more, nor who had begun to.
    JoinLinkRevoked {
        /// Which.
        link: JoinLinkId,
    } = "join_link.revoked";
    /// Somebody without an account came by a join link, the provider vouched for them, and the host took them on to make
    /// them one.
    NewcomerHandedOver {
        /// Which link.
        link: JoinLinkId,
        /// The provider's own identifier of them.
        subject: String,
    } = "newcomer.handed_over";
    /// An account became a member by a join link.
    MemberJoined {
        /// Which link.
        link: JoinLinkId,
    } = "member.joined";
    /// The host kept the account's role: it is the organization's last administrator.
    RoleKeptLastAdmin {
        /// The role that the profile came to, and what gave it, in words.
        reason: String,
    } = "role.kept_last_admin";
    /// The host took the role that the profile came to.
    RoleApplied {
        /// The role.
        role: String,
        /// The role and what gave it, in words.
        reason: String,
    } = "role.applied";
    /// It could not be told what the provider says about the role: the account keeps the one it has.
    RoleUnknown {
        /// Why, in words.
        reason: String,
    } = "role.unknown";
    /// The host took the roles in resource groups that the profile came to, maybe none.
    GroupsApplied {
        /// In how many groups.
        count: usize,
        /// Which role in which group by which value, and what became of the others, in words.
        reason: String,
    } = "groups.applied";
    /// It could not be told what the provider says about resource groups: nothing changed in any.
    GroupsUnknown {
        /// Why, in words.
        reason: String,
    } = "groups.unknown";
    /// SSO sessions were ended.
    SessionRevoked {
        /// Which: `credential`, `session`, `account`, `member`, `other_emails`, `organization` or `idp_session`.
        scope: &'static str,
        /// How many.
        count: usize,
    } = "session.revoked";
    /// An SSO session went over to the host's new credential id.
    SessionRebound = "session.rebound";
    /// A token was authorized for the organization.
    TokenAuthorized = "token.authorized";
    /// A lookup failed or was late, so that a request could not be decided: it was answered with 503. At a logout the rest
    /// of it goes on, and the provider is told that not everything ended.
    LookupFailed {
        /// Which lookup.
        verb: &'static str,
        /// What the host or the store said.
        detail: String,
    } = "lookup.failed";
    /// Something of the connection ends soon, or has ended: a certificate, or the provider's metadata.
    Expiring {
        /// Which: `provider_certificate`, `provider_metadata`, `signing_certificate` or `decryption_certificate`.
        what: &'static str,
        /// When.
        at: SystemTime,
    } = "connection.expiring";
    /// A reload of the connections' file changed one: see
    /// [`Sso::connections_reloaded`](crate::Sso::connections_reloaded).
    ConnectionChanged {
        /// How: `added`, `changed` (its sessions ended), `adjusted` (they go on), `removed`.
        what: &'static str,
    } = "connection.changed";
    /// A handler that wants a fresh SSO session was asked without one.
    FreshRequired = "session.fresh_required";
    /// A request reached the layer in a way that hides its organization, or before the host's authentication.
    Misplaced {
        /// Which misplacement.
        kind: &'static str,
    } = "layer.misplaced";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_stands_in_the_documentation() {
        let page = include_str!("../../docs/audit.md");
        assert!(Action::NAMES.len() > 20, "{:?}", Action::NAMES);
        for name in Action::NAMES {
            assert!(page.contains(&format!("| `{name}` |")), "docs/audit.md has no {name}");
        }
    }
}
