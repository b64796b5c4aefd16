//! The actions that audit events report, each with its stable name.

use std::time::SystemTime;

use crate::error::kind::LoginErrorKind;
use tower_sso_core::JoinLinkId;

macro_rules! actions {
    ($(
        $(#[$doc:meta])+
        $action:ident $({ $($(#[$field_doc:meta])+ $field:ident: $type:ty,)+ })? = $name:literal;
    )+) => {
        /// What happened. Each action has a stable name of the form `scope.action`.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Action { $($(#[$doc])+ $action $({ $($(#[$field_doc])+ $field: $type,)+ })?,)+ }

        impl Action {
            /// Every name, in order.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// Returns the stable name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$action { .. } => $name,)+ }
            }
        }
    };
}

actions! {
    /// An SSO login was begun and the visitor was sent to the provider.
    LoginBegun = "login.begun";
    /// The provider's answer passed every check.
    LoginReceived = "login.received";
    /// An SSO login is complete: an SSO session was stored.
    LoginFinished = "login.finished";
    /// An SSO login was refused.
    LoginRefused {
        /// The kind of the refusal.
        kind: LoginErrorKind,
        /// The cause, for the operator.
        detail: Option<String>,
    } = "login.refused";
    /// The provider ended some or all sessions of one of its users. Each session that ended was recorded before this
    /// as [`SessionRevoked`](Self::SessionRevoked).
    LogoutReceived = "logout.received";
    /// A person ended their SSO session here. The provider is asked to end its own session if it supports that.
    LogoutBegun = "logout.begun";
    /// The provider answered that it has ended its session.
    LogoutFinished = "logout.finished";
    /// The provider's user was linked to the account for the first time.
    LinkCreated = "link.created";
    /// The provider's user was linked again, because the connection's issuer, client or NameID format changed.
    LinkReplaced = "link.replaced";
    /// An administrator removed the account link.
    LinkRemoved = "link.removed";
    /// An administrator created a join link.
    JoinLinkCreated {
        /// The join link.
        link: JoinLinkId,
    } = "join_link.made";
    /// An administrator revoked a join link. It can no longer be used, even by people who had already begun to join.
    JoinLinkRevoked {
        /// The join link.
        link: JoinLinkId,
    } = "join_link.revoked";
    /// A person without an account opened a join link, the provider verified their identity, and the person was handed
    /// over to the app, which creates the account.
    NewUserHandedOver {
        /// The join link.
        link: JoinLinkId,
        /// The provider's identifier for the person.
        subject: String,
    } = "newcomer.handed_over";
    /// An account became a member through a join link.
    MemberJoined {
        /// The join link.
        link: JoinLinkId,
    } = "member.joined";
    /// The app kept the account's role, because the account is the organization's last administrator.
    RoleKeptLastAdmin {
        /// The role that the profile maps to, and which mapping gave it, in words.
        reason: String,
    } = "role.kept_last_admin";
    /// The app applied the role that the profile maps to.
    RoleApplied {
        /// The role.
        role: String,
        /// The role and which mapping gave it, in words.
        reason: String,
    } = "role.applied";
    /// The provider's answer does not say for certain which role the account has. The account keeps its role.
    RoleUnknown {
        /// The reason, in words.
        reason: String,
    } = "role.unknown";
    /// The app applied the roles in resource groups that the profile maps to. The number of roles may be zero.
    GroupsApplied {
        /// The number of groups.
        count: usize,
        /// Which role was given in which group by which value, and what happened to the other groups, in words.
        reason: String,
    } = "groups.applied";
    /// The provider's answer does not say for certain which resource groups the account has. No role in a group
    /// changed.
    GroupsUnknown {
        /// The reason, in words.
        reason: String,
    } = "groups.unknown";
    /// SSO sessions were ended.
    SessionRevoked {
        /// The scope of the revocation: `credential`, `account_credential`, `session`, `account`, `member`,
        /// `other_emails`, `organization` or `idp_session`.
        scope: &'static str,
        /// The number of sessions.
        count: usize,
    } = "session.revoked";
    /// An SSO session was moved to the new id that the app gave the credential.
    SessionRebound = "session.rebound";
    /// An API token was authorized for the organization.
    TokenAuthorized = "token.authorized";
    /// A lookup failed or was late. The request could not be decided and was answered with 503. During a logout, the
    /// rest of the logout continues, and the provider is told that not everything ended.
    LookupFailed {
        /// The lookup.
        verb: &'static str,
        /// The error of the app or the store.
        detail: String,
    } = "lookup.failed";
    /// A certificate or the provider's metadata of the connection expires soon, or has expired.
    Expiring {
        /// What expires: `provider_certificate`, `provider_metadata`, `signing_certificate` or
        /// `decryption_certificate`.
        what: &'static str,
        /// When it expires.
        at: SystemTime,
    } = "connection.expiring";
    /// A reload of the connections' file changed a connection. See
    /// [`Sso::connections_reloaded`](crate::Sso::connections_reloaded).
    ConnectionChanged {
        /// What changed: `added`, `changed` (its sessions ended), `adjusted` (its sessions continue), `removed`.
        what: &'static str,
    } = "connection.changed";
    /// A request without a fresh SSO session reached a handler that requires one.
    FreshRequired = "session.fresh_required";
    /// A request reached the layer at a place where its organization can't be seen, or before the app's authentication
    /// had run.
    Misplaced {
        /// The kind of misplacement.
        kind: &'static str,
    } = "layer.misplaced";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_documented() {
        let page = include_str!("../../docs/audit.md");
        assert!(Action::NAMES.len() > 20, "{:?}", Action::NAMES);
        for name in Action::NAMES {
            assert!(page.contains(&format!("| `{name}` |")), "docs/audit.md has no {name}");
        }
    }
}
