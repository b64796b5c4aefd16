//! The banner that an app shows to users whose organizations require or offer an SSO login.
//!
//! The app decides with [`pending`](crate::Sso::pending) which organizations to list. The HTML is in `pages::banner`,
//! and the cookie that hides a banner is in `dismissed`.

use crate::{
    enforce::{
        pending::{Pending, PendingOrganization},
        return_path,
    },
    pages::banner::BannerOrganization,
    request_head::RequestHead,
    state::Core,
};
use http::Method;

/// Returns the banner for a page of the app, as an HTML fragment. It lists each pending organization with a link
/// to its start page, which leads back to this page. If an SSO login is only offered, a button hides the banner
/// for 7 days, in this browser and for this account; this changes no decision. Returns `None` if there is nothing
/// to show.
#[must_use]
pub(crate) fn banner(core: &Core, head: RequestHead<'_>, pending: &Pending) -> Option<String> {
    // The user can't return to the response to a posted form.
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    let back = |it: &PendingOrganization| {
        let page = reads.then(|| return_path::for_navigation(core, head, &it.slug));
        core.addresses.return_parameter(&page.unwrap_or_else(|| core.addresses.front_page().into()))
    };
    // The button "Not now" posts to the base host, which accepts only its own forms.
    let here = if reads { return_path::on_base_host(core, head) } else { None };
    let has_button = core.namespace.host_pattern().is_none() || here.is_some();
    let shown = |it: &PendingOrganization, offered: bool| BannerOrganization {
        name: it.name.clone(),
        start: it.sso_url_with(&back(it)),
        until: it.until,
        later: (offered && has_button).then(|| core.addresses.path(&it.organization, "later")),
    };
    let required = pending.required.iter().map(|it| shown(it, false));
    let offered = pending.offered.iter().filter(|it| !it.dismissed).map(|it| shown(it, true));
    let organizations: Vec<_> = required.chain(offered).collect();
    let here = here.unwrap_or_else(|| core.addresses.front_page());
    (!organizations.is_empty()).then(|| core.pages.banner(&organizations, here.as_str()))
}
