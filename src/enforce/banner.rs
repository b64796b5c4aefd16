//! What a host shows on its pages of organizations that want or offer an SSO login.

use std::time::Duration;

use http::{HeaderMap, Method, header};

use super::{Pending, PendingOrganization};
use crate::{
    AccountId, LookupError, OrgId, RequestHead, ReturnPath, Sso, address::Addresses, cookie,
    pages::BannerOrganization, store::Digest,
};

/// How long a banner stays put off: 7 days.
const PUT_OFF: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Sso {
    /// The banner for a page of the host's, as an HTML fragment: each pending organization with a link to its start
    /// page, which comes back to this page. Where an SSO login is only offered, a button puts the banner off for 7 days,
    /// in this browser and for this account; that changes no decision. None when there is nothing to say.
    ///
    /// It needs no script and keeps to a policy of `default-src 'none'; style-src 'self'; form-action 'self'`. Its
    /// colors and shape are the custom properties `--sso-*`; light and dark follow the page's own `color-scheme`. See
    /// [`banner`](crate::handbook::banner).
    #[must_use]
    pub fn banner<'r>(&self, request: impl Into<RequestHead<'r>>, pending: &Pending) -> Option<String> {
        let head = request.into();
        let core = self.core();
        // Nothing can come back to a page that a form was posted for.
        let reads = head.method == Method::GET || head.method == Method::HEAD;
        let back = if reads { self.return_path(head) } else { ReturnPath::root() };
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
}

/// Whether the account has put an organization's banner off in this browser.
pub(super) fn is_put_off(
    head: RequestHead<'_>,
    addresses: &Addresses,
    organization: &OrgId,
    account: &AccountId,
) -> bool {
    let name = cookie_name(addresses, organization, account);
    cookie::value(head.headers, &name).is_some()
}

/// Puts an organization's banner off: the header that does.
pub(crate) fn put_off(
    addresses: &Addresses,
    organization: &OrgId,
    account: &AccountId,
) -> Result<HeaderMap, LookupError> {
    let name = cookie_name(addresses, organization, account);
    Ok([(header::SET_COOKIE, cookie::set(addresses, &name, "1", PUT_OFF)?)].into_iter().collect())
}

/// The name alone says whose and which: it opens nothing, and nobody can read from it who is a member of what.
fn cookie_name(addresses: &Addresses, organization: &OrgId, account: &AccountId) -> String {
    let digest = Digest::of("tower-sso banner", &[organization.as_str(), account.as_str()]);
    cookie::name(addresses, &format!("sso_later_{digest}"))
}
