//! The banner that an app shows to users whose organizations require or offer an SSO login.

use crate::enforce::came_from;
use std::time::Duration;

use http::{HeaderMap, Method, header};

use crate::{
    address::Addresses,
    cookie,
    digest::Digest,
    enforce::pending::{Pending, PendingOrganization},
    id::{AccountId, OrgId},
    lookup::LookupError,
    pages::banner::BannerOrganization,
    request_head::RequestHead,
    return_path::ReturnPath,
    state::Core,
};

/// How long a dismissed banner stays hidden: 7 days.
const PUT_OFF: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Returns the banner for a page of the app, as an HTML fragment. It lists each pending organization with a link
/// to its start page, which leads back to this page. If an SSO login is only offered, a button hides the banner
/// for 7 days, in this browser and for this account; this changes no decision. Returns `None` if there is nothing
/// to show.
#[must_use]
pub(crate) fn banner<'r>(
    core: &Core,
    request: impl Into<RequestHead<'r>>,
    pending: &Pending,
) -> Option<String> {
    let head = request.into();
    // A page that answers a posted form can't be returned to.
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    let back = if reads { came_from::return_path(head) } else { ReturnPath::root() };
    let shown = |it: &PendingOrganization, offered: bool| BannerOrganization {
        name: it.name.clone(),
        start: it.sso_url_back_to(&back),
        until: it.until,
        later: offered.then(|| core.addresses.path(&it.organization, "later")),
    };
    let required = pending.required.iter().map(|it| shown(it, false));
    let offered = pending.offered.iter().filter(|it| !it.put_off).map(|it| shown(it, true));
    let organizations: Vec<_> = required.chain(offered).collect();
    (!organizations.is_empty()).then(|| core.pages.banner(&organizations, back.as_str()))
}

/// Returns whether the account dismissed an organization's banner in this browser.
pub(crate) fn is_put_off(
    head: RequestHead<'_>,
    addresses: &Addresses,
    organization: &OrgId,
    account: &AccountId,
) -> bool {
    let name = cookie_name(addresses, organization, account);
    cookie::value(head.headers, &name).is_some()
}

/// Returns the header that dismisses an organization's banner.
pub(crate) fn put_off(
    addresses: &Addresses,
    organization: &OrgId,
    account: &AccountId,
) -> Result<HeaderMap, LookupError> {
    let name = cookie_name(addresses, organization, account);
    Ok([(header::SET_COOKIE, cookie::set(addresses, &name, "1", PUT_OFF)?)].into_iter().collect())
}

/// The name alone identifies the account and the organization. It gives no access, and nobody can read memberships
/// from it.
fn cookie_name(addresses: &Addresses, organization: &OrgId, account: &AccountId) -> String {
    let digest = Digest::of("tower-core banner", &[organization.as_str(), account.as_str()]);
    cookie::name(addresses, &format!("sso_later_{digest}"))
}
