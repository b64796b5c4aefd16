//! What administrators do with join links: create, list and revoke them.

use tower_sso_core::{
    AccountId, JoinLinkId, LookupError, OrgId, ReturnPath, Secret,
    internal::{later, random_token},
    store::{AddOutcome, JoinLink},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{admission::check_joinable, event::record_event, lookups},
    state::Core,
};

/// The maximum number of join links in an organization.
const MAX_JOIN_LINKS: usize = 100;

/// A join link that was just created.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewJoinLink {
    /// The join link.
    pub link: JoinLink,
    /// The link's address. It is available only now. Anyone who has it can join if the organization's provider
    /// vouches for them.
    pub address: Secret<String>,
}

/// Creates a join link for the organization: an address by which any person for whom the organization's provider
/// vouches becomes a member. The connection sets how long the link is valid. A person who joins by it arrives at
/// `return_to`. The app must check beforehand that `by` is an administrator of the organization. See
/// the [handbook](crate::handbook), *Join links*.
pub(crate) async fn create_join_link(
    core: &Core,
    organization: &OrgId,
    by: &AccountId,
    return_to: &ReturnPath,
) -> Result<NewJoinLink, LoginError> {
    let connection = lookups::connection(core, organization).await?;
    check_joinable(&connection)?;
    let now = core.now();
    if remove_expired(core, organization).await?.len() >= MAX_JOIN_LINKS {
        return Err(LoginErrorKind::StoreFull.into());
    }
    let token = random_token()?;
    let link = JoinLink::new(
        JoinLinkId::of(organization, token.expose()),
        organization.clone(),
        by.clone(),
        now,
        later(now, connection.join.lifetime),
        return_to.clone(),
    );
    match core.with_timeout(core.join_links.add(&link), "join_links.add").await? {
        AddOutcome::Kept => {}
        AddOutcome::Full => return Err(LoginErrorKind::StoreFull.into()),
    }
    record_event(core, organization, by, Action::JoinLinkCreated { link: link.id.clone() })?;
    let address = Secret::new(core.addresses.join(organization, token.expose()));
    Ok(NewJoinLink { link, address })
}

/// Returns the organization's active join links, newest first. This is for administrators.
pub(crate) async fn join_links(core: &Core, organization: &OrgId) -> Result<Vec<JoinLink>, LookupError> {
    let mut links = core.with_timeout(core.join_links.list(organization), "join_links.list").await?;
    links.retain(|link| link.organization == *organization && link.expires_at > core.now());
    Ok(links)
}

/// Revokes one of the organization's join links. Nobody can join by it any more, including people who have
/// already begun to join. Members stay members. Returns whether there was such a link. A link of another
/// organization gives the same answer as a link that does not exist.
pub(crate) async fn revoke_join_link(
    core: &Core,
    organization: &OrgId,
    by: &AccountId,
    id: &JoinLinkId,
) -> Result<bool, LookupError> {
    let removed = core.with_timeout(core.join_links.remove(organization, id), "join_links.remove").await?;
    if removed {
        let action = Action::JoinLinkRevoked { link: id.clone() };
        let event = AuditEvent::new(core.now(), Reference::new()?, action);
        core.record(event.organization(organization).account(by));
    }
    Ok(removed)
}

/// Removes the organization's expired links from the store and returns the active ones.
async fn remove_expired(core: &Core, organization: &OrgId) -> Result<Vec<JoinLink>, LookupError> {
    let links = core.with_timeout(core.join_links.list(organization), "join_links.list").await?;
    let (active, expired): (Vec<_>, Vec<_>) =
        links.into_iter().partition(|link| link.expires_at > core.now());
    for link in expired {
        core.with_timeout(core.join_links.remove(organization, &link.id), "join_links.remove").await?;
    }
    Ok(active)
}
