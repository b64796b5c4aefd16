//! The banner that an app shows to users whose organizations require or offer an SSO login.

use crate::{
    enforce::{
        came_from,
        pending::{Pending, PendingOrganization},
    },
    pages::banner::BannerOrganization,
    request_head::RequestHead,
    state::Core,
};
use tower_sso_core::ReturnPath;

use http::Method;

/// Returns the banner for a page of the app, as an HTML fragment. It lists each pending organization with a link
/// to its start page, which leads back to this page. If an SSO login is only offered, a button hides the banner
/// for 7 days, in this browser and for this account; this changes no decision. Returns `None` if there is nothing
/// to show.
#[must_use]
pub(crate) fn banner(core: &Core, head: RequestHead<'_>, pending: &Pending) -> Option<String> {
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
