//! Which account may log in with SSO: a member always, a non-member only with an active join link, a service account
//! never. The app makes a non-member a member in [`join`].

use crate::{
    audit::action::Action,
    connection::checked::Connection,
    directory::{
        membership::Membership,
        outcome::{ApplyOutcome, CompletedLogin, JoinOutcome},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{apply::record_applied, event::record_event},
    state::Core,
};
use tower_sso_core::{AccountId, JoinLinkId, OrgId, store::JoinLink};

/// Decides whether the account may log in with SSO. Returns `None` for a member, and the join link for an account that
/// has to become a member first. Otherwise fails with `NotMember`.
pub(crate) async fn admit(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    link: Option<&JoinLinkId>,
) -> Result<Option<JoinLinkId>, LoginError> {
    let membership = core.directory.membership(organization, account);
    Ok(admits(core.with_timeout(membership, "membership").await?, link)?.cloned())
}

/// Returns the join link, if it is active and the connection allows joining by link.
pub(crate) async fn find_join_link(
    core: &Core,
    connection: &Connection,
    id: &JoinLinkId,
) -> Result<JoinLink, LoginError> {
    let organization = connection.organization();
    let found = core.with_timeout(core.join_links.find(organization, id), "join_links.find").await?;
    // Compare the answer again: do not rely on the store to return only what was asked for.
    let link = found
        .filter(|link| link.id == *id && link.organization == *organization)
        .ok_or(LoginErrorKind::JoinLinkUnknown)?;
    if link.expires_at <= core.now() {
        return Err(LoginErrorKind::JoinLinkExpired.into());
    }
    check_joinable(connection)?;
    Ok(link)
}

/// Counts a use of the join link and lets the app make the account a member.
pub(crate) async fn join(core: &Core, login: &CompletedLogin, link: &JoinLinkId) -> Result<(), LoginError> {
    let organization = &login.organization;
    // The store counts the use only if the link still exists, in one step. A link that was revoked before admits
    // nobody.
    if !core.with_timeout(core.join_links.count(organization, link), "join_links.count").await? {
        return Err(LoginErrorKind::JoinLinkUnknown.into());
    }
    match core.with_timeout(core.join.join(login), "join").await? {
        JoinOutcome::Done => {}
        JoinOutcome::Refused => {
            let detail = "the app takes no such member by a link (JoinHandler::join)";
            return Err(LoginError::with(LoginErrorKind::JoinRefused, detail));
        }
    }
    record_event(core, organization, &login.account, Action::MemberJoined { link: link.clone() })?;
    record_applied(core, login, ApplyOutcome::Done)
}

/// Checks that the connection allows joining by a join link. It must have a list of domains, or allow any domain
/// explicitly: its provider may also have users of other organizations. Members need no such list: the app has made
/// them members.
pub(crate) fn check_joinable(connection: &Connection) -> Result<(), LoginError> {
    if connection.email.domains.is_empty() && !connection.join.any_domain {
        let detail = "the connection has no list of domains, which joining by a link needs";
        return Err(LoginError::with(LoginErrorKind::EmailDomainRefused, detail));
    }
    Ok(())
}

/// The rule of [`admit`]. A member needs no link. An external collaborator or a non-member needs a join link. A service
/// account is never admitted.
fn admits<L>(membership: Membership, link: Option<L>) -> Result<Option<L>, LoginErrorKind> {
    match (membership, link) {
        (Membership::Member(_), _) => Ok(None),
        (Membership::ExternalCollaborator | Membership::NonMember, Some(link)) => Ok(Some(link)),
        (Membership::ExternalCollaborator | Membership::NonMember, None)
        | (Membership::ServiceAccount, _) => Err(LoginErrorKind::NotMember),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{policy::Enforcement, settings::ConnectionSettings};

    #[test]
    fn a_non_member_can_join_by_a_link_and_a_service_account_cannot() {
        use LoginErrorKind::NotMember;
        for (membership, without, with) in [
            (Membership::member(), Ok(None), Ok(None)),
            (Membership::ExternalCollaborator, Err(NotMember), Ok(Some("link"))),
            (Membership::NonMember, Err(NotMember), Ok(Some("link"))),
            (Membership::ServiceAccount, Err(NotMember), Err(NotMember)),
        ] {
            assert_eq!(admits::<&str>(membership, None), without, "{membership:?}");
            assert_eq!(admits(membership, Some("link")), with, "{membership:?}");
        }
    }

    #[test]
    fn a_join_link_needs_a_domain_list_unless_any_domain_is_allowed() {
        let settings = || ConnectionSettings::example("1", Enforcement::Enforced);
        for (settings, expected) in [
            (settings(), Some(LoginErrorKind::EmailDomainRefused)),
            (settings().domains(["acme.example"]), None),
            (settings().dangerous().join_any_domain(), None),
        ] {
            assert_eq!(check_joinable(&settings.build().unwrap()).err().map(|error| error.kind()), expected);
        }
    }
}
