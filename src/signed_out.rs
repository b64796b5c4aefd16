//! The app has signed an account out in a browser whose app sessions have no id.

use http::HeaderValue;
use tower_sso_core::{AccountId, LookupError, session::RevocationScope};

use crate::{binding_cookie, request_head::RequestHead, revoke, state::Core};

/// Ends the SSO sessions that the account has in the request's browser. Returns the `Set-Cookie` header that removes
/// the binding cookie.
pub(crate) async fn signed_out_browser(
    core: &Core,
    head: RequestHead<'_>,
    account: &AccountId,
) -> Result<HeaderValue, LookupError> {
    for credential in binding_cookie::credentials_to_end(head.headers, &core.addresses, account) {
        revoke::revoke(core, RevocationScope::Credential(credential)).await?;
    }
    binding_cookie::removal(&core.addresses)
}
