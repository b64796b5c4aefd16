//! Attacks that a hostile reviewer tried. Each test shows the refused request next to an accepted one.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{Router, body::Body, extract::Extension, routing::get};
use http::{Request, StatusCode, request::Parts};
use tower::ServiceExt as _;
use tower_sso::{
    FreshSession, Lookup, OrgId, ReturnPath, Sso, SsoPass,
    session::{Revision, RevocationScope, SessionPage, SsoSession},
    store::{
        InsertOutcome, LinkScope, MemoryStore, Revocation, RevokeOutcome, SessionKey, SessionList,
        SessionStore,
    },
};

use crate::support::{BASE, World, credential, header, request, text};

const ADA: (&str, &str) = ("x-account", "ada");

fn parts(credential: &str) -> Parts {
    request("GET", "/x", &[ADA, ("x-credential", credential)]).into_parts().0
}

async fn proof(sso: &Sso, credential: &str) -> FreshSession {
    match sso.require(&parts(credential), &"1".into()).await.unwrap() {
        SsoPass::Fresh(proof) => proof,
        other @ (SsoPass::NotRequired(_) | SsoPass::Offered(_)) => panic!("{other:?}"),
    }
}

async fn status(router: Router, method: &str, path: &str, headers: &[(&str, &str)]) -> StatusCode {
    router.oneshot(request(method, path, headers)).await.unwrap().status()
}

#[test]
fn a_stored_return_path_is_checked_again_when_read() {
    let read = serde_json::from_str::<ReturnPath>;
    assert_eq!(read("\"/acme?x\"").unwrap().as_str(), "/acme?x");
    assert_eq!(serde_json::to_string(&ReturnPath::parse("/acme?x").unwrap()).unwrap(), "\"/acme?x\"");
    for other_site in ["\"//evil.example\"", "\"/\\\\evil.example\"", "\"https://evil.example\"", "\"\""] {
        assert!(read(other_site).is_err(), "{other_site}");
    }
}

#[test]
fn the_whole_site_cannot_be_declared_outside_of_organizations() {
    let free = |mount: &str| World::new().builder().without_organization(mount).build();
    assert!(free("/assets").is_ok());
    for whole in ["/", ""] {
        assert_eq!(free(whole).unwrap_err().field(), "without_organization", "{whole:?}");
    }
    // A path that two readers could resolve differently is refused too.
    for odd in ["assets", "//assets", "/assets/../acme", "/assets;x", "/assets\\x"] {
        assert_eq!(free(odd).unwrap_err().field(), "without_organization", "{odd:?}");
    }
}

#[tokio::test]
async fn a_wildcard_that_captures_more_than_the_organization_is_answered_with_500() {
    let world = World::new();
    let on = |path: &str| Router::new().route(path, get(|| async {})).layer(world.sso().layer());
    assert_eq!(status(on("/{org}/{*rest}"), "GET", "/acme/x", &[ADA]).await, StatusCode::UNAUTHORIZED);
    let wildcard = status(on("/{*org}"), "GET", "/acme/x", &[ADA]).await;
    assert_eq!(wildcard, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(world.actions(), ["layer.misplaced"]);
}

#[tokio::test]
async fn no_method_and_no_form_of_target_bypasses_the_layer() {
    let world = World::new();
    world.log_in("1", "ada", "fresh").await;
    let router = Router::new()
        .nest("/o/{org}", Router::new().route("/x", get(|| async {})).fallback(|| async {}))
        .layer(world.sso().layer());
    for method in ["GET", "HEAD", "OPTIONS", "POST", "TRACE", "CONNECT", "BREW"] {
        for target in ["/o/acme/x", "https://evil.example/o/acme/x"] {
            let got = status(router.clone(), method, target, &[ADA]).await;
            assert_eq!(got, StatusCode::UNAUTHORIZED, "{method} {target}");
            let got = status(router.clone(), method, target, &[ADA, ("x-credential", "fresh")]).await;
            let expected = if matches!(method, "GET" | "HEAD") {
                StatusCode::OK
            } else {
                StatusCode::METHOD_NOT_ALLOWED
            };
            assert_eq!(got, expected, "{method} {target}");
        }
    }
    // The fallback of a nested router has no matched path, so the layer itself answers.
    let fallback = status(router, "GET", "/o/acme/other", &[ADA]).await;
    assert_eq!(fallback, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_organization_id_set_by_other_middleware_does_not_accompany_a_pass() {
    async fn seen(organization: Option<Extension<OrgId>>) -> String {
        organization.map(|it| it.0.to_string()).unwrap_or_default()
    }
    let world = World::new();
    let router = Router::new().route("/{org}/x", get(seen)).layer(world.sso().layer());
    for (path, expected) in [("/umbrella/x", "3"), ("/unknown/x", "")] {
        let mut request: Request<Body> = request("GET", path, &[ADA]);
        request.extensions_mut().insert(OrgId::new("1"));
        assert_eq!(text(router.clone().oneshot(request).await.unwrap()).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_page_whose_address_may_contain_a_ticket_sends_no_referrer() {
    let world = World::new();
    let router: Router = world.sso().routes();
    let get = |path: &str, headers: &[(&str, &str)]| router.clone().oneshot(request("GET", path, headers));
    let proceed = get("/sso/1/finish?ticket=t", &[]).await.unwrap();
    assert_eq!((proceed.status(), header(&proceed, "referrer-policy")), (StatusCode::OK, "no-referrer"));
    let refused = get("/sso/1/finish?ticket=t", &[ADA]).await.unwrap();
    assert_eq!(
        (refused.status(), header(&refused, "referrer-policy")),
        (StatusCode::BAD_REQUEST, "no-referrer")
    );
    // A form must be posted with its `Origin`.
    let start = get("/sso/1/start", &[ADA]).await.unwrap();
    assert_eq!((start.status(), header(&start, "referrer-policy")), (StatusCode::OK, "same-origin"));
}

#[tokio::test]
async fn a_ticket_that_contains_markup_is_escaped() {
    let router: Router = World::new().sso().routes();
    let evil = "/sso/1/finish?ticket=%22%3E%3Cscript%3E;url=https://evil.example%0D%0A&again";
    let page = router.clone().oneshot(request("GET", &evil.replace("&again", ""), &[])).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let page = text(page).await;
    assert!(
        page.contains(&format!("0; url={BASE}/sso/1/finish?ticket=%22%3E%3Cscript%3E%3Burl%3D")),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
    let sign_in = router.oneshot(request("GET", evil, &[])).await.unwrap();
    assert_eq!(sign_in.status(), StatusCode::SEE_OTHER);
    assert!(
        header(&sign_in, "location")
            .starts_with(&format!("{BASE}/login?next=%2Fsso%2F1%2Ffinish%3Fticket%3D%2522"))
    );
}

/// A store that signs a credential out just before a session is inserted.
#[derive(Clone, Default)]
struct RacingStore {
    store: MemoryStore,
    signs_out: Arc<Mutex<Option<RevocationScope>>>,
}

impl SessionStore for RacingStore {
    fn revision(&self, since: Option<SystemTime>) -> Lookup<Revision> {
        self.store.revision(since)
    }

    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome> {
        if let Some(scope) = self.signs_out.lock().unwrap().take() {
            let at = SystemTime::now();
            let revocation = Revocation::new(scope, at, at + Duration::from_secs(720));
            drop(self.store.revoke(&revocation));
        }
        self.store.insert(session)
    }

    fn revoked(&self, session: &SsoSession) -> Lookup<bool> {
        self.store.revoked(session)
    }

    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>> {
        self.store.find(key)
    }

    fn list(&self, list: &SessionList) -> Lookup<SessionPage> {
        self.store.list(list)
    }

    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome> {
        self.store.revoke(revocation)
    }
}

#[tokio::test]
async fn a_sign_out_that_races_a_rebind_leaves_no_session_behind() {
    for (scope, expected) in [
        (None, 1),
        (Some(RevocationScope::Credential(credential("other"))), 1),
        (Some(RevocationScope::Credential(credential("old"))), 0),
        (Some(RevocationScope::Credential(credential("new"))), 0),
        (Some(RevocationScope::Account("ada".into())), 0),
    ] {
        let world = World::new();
        let racing = RacingStore { store: world.store.clone(), signs_out: Arc::default() };
        let sso = world.builder().sessions(racing.clone()).build().unwrap();
        world.log_in("1", "ada", "old").await;
        racing.signs_out.lock().unwrap().clone_from(&scope);
        let rebound = sso.rebind(&"ada".into(), &"old".into(), &"new".into()).await.unwrap();
        assert_eq!(rebound, expected, "{scope:?}");
        let passes = sso.require(&parts("new"), &"1".into()).await.is_ok();
        assert_eq!(passes, expected == 1, "{scope:?}");
    }
}

#[tokio::test]
async fn a_proof_cannot_copy_a_session_that_the_provider_ended() {
    for (ended, passes) in [("second", false), ("first", true)] {
        let world = World::new();
        let sso = world.sso();
        let at = SystemTime::now() - Duration::from_secs(10);
        let revoke = |session: &str| {
            let scope = LinkScope("https://idp.example".into(), "client".into());
            let (organization, idp_session) = (OrgId::new("1"), Some(session.to_owned()));
            sso.revoke(RevocationScope::Idp { organization, scope, subject: None, idp_session })
        };
        let mut session = world.session("1", "ada", "c", at).await;
        session.idp_session = Some("first".into());
        world.store.insert(Arc::new(session.clone())).await.unwrap();
        let stale = proof(&sso, "c").await;
        session.idp_session = Some("second".into());
        world.store.insert(Arc::new(session)).await.unwrap();
        assert_eq!(revoke("first").await.unwrap(), 1);
        let token = request("GET", "/x", &[ADA, ("x-token", "t")]).into_parts().0;
        assert_eq!(sso.authorize_token(&stale, &"t".into()).await.unwrap(), InsertOutcome::Stored);
        // The copy belongs to the session that is active now. It ends with that session, not with the one that was
        // proved.
        revoke(ended).await.unwrap();
        assert_eq!(sso.require(&token, &"1".into()).await.is_ok(), passes, "{ended}");
    }
}
