//! The code of `docs/public-content.md`.

use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, Membership, OrgId, OrgSlug, RequestHead,
    Viewer,
};

struct App;

impl Directory for App {
    fn viewer(&self, _: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(Viewer::Anonymous)
    }
    fn organization(&self, _: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now(None)
    }
    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::now(Membership::NonMember)
    }
    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(Vec::new())
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }

    // [method]

    // In `impl Directory for App`:
    fn public_content(&self, request: RequestHead<'_>, _: &OrgId) -> Lookup<bool> {
        let reads = request.method == http::Method::GET || request.method == http::Method::HEAD;
        let path = request.extensions.get::<axum::extract::MatchedPath>();
        Lookup::now(reads && path.is_some_and(|path| path.as_str() == "/{org}/about"))
    }

    // [/method]
}

mod handler {
    // [handler]

    use tower_sso::{SsoPass, middleware::OfferReason};

    /// A handler of such a page. To a member with this pass it shows only what everyone may see.
    async fn about(pass: SsoPass) -> &'static str {
        match pass {
            SsoPass::Offered(OfferReason::PublicContent) => "what everyone may see",
            SsoPass::NotRequired(_) | SsoPass::Offered(_) | SsoPass::Fresh(_) => {
                "what the app's own rules let this viewer see"
            }
        }
    }

    // [/handler]
}
