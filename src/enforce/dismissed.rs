//! The cookie that hides the banner of one organization for 7 days, in one browser and for one account.
//!
//! The button "Not now" sets it. It hides the banner only while an SSO login is optional, and it changes no decision.

use std::time::Duration;

use http::{HeaderMap, header};
use tower_sso_core::{AccountId, Digest, LookupError, OrgId};

use crate::{address::Addresses, cookie, request_head::RequestHead};

/// How long a dismissed banner stays hidden: 7 days.
const DISMISSED_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Returns whether the account dismissed an organization's banner in this browser.
pub(crate) fn is_dismissed(
    head: RequestHead<'_>,
    addresses: &Addresses,
    organization: &OrgId,
    account: &AccountId,
) -> bool {
    let name = cookie_name(addresses, organization, account);
    cookie::value(head.headers, &name).is_some()
}

/// Returns the `Set-Cookie` header that dismisses an organization's banner.
pub(crate) fn dismissal(
    addresses: &Addresses,
    organization: &OrgId,
    account: &AccountId,
) -> Result<HeaderMap, LookupError> {
    let name = cookie_name(addresses, organization, account);
    Ok([(header::SET_COOKIE, cookie::set(addresses, &name, "1", DISMISSED_FOR)?)].into_iter().collect())
}

/// Returns the cookie's name, which contains a digest of the organization and the account. The cookie gives no access,
/// and the name does not reveal the organization or the account.
fn cookie_name(addresses: &Addresses, organization: &OrgId, account: &AccountId) -> String {
    let digest = Digest::of("tower-sso banner", &[organization.as_str(), account.as_str()]);
    cookie::name(addresses, &format!("sso_later_{digest}"))
}
