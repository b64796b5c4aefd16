//! What an organization is called is told to its members alone.

use axum::response::Response;
use tower_sso::{
    login::LoginErrorKind::{
        self, CrossOrigin, EmailMissing, NotMember, NotSignedIn, OtherAccount, ProviderError, RateLimited,
        StateUnknown, TicketUnknown,
    },
    pages::Pages,
};
use tower_sso_test_idp::Lie;

use crate::{
    scene::{Plan, TestApp, Who},
    support::text,
};

/// A page that shows everything that it is given.
#[derive(Debug)]
pub struct VerbosePages;

impl Pages for VerbosePages {
    fn start(&self, page: &tower_sso::pages::StartPage<'_>) -> String {
        format!("{page:?}")
    }

    fn proceed(&self, page: &tower_sso::pages::ProceedPage<'_>) -> String {
        let next = page.next.replace('&', "&amp;");
        let refresh = format!("<meta http-equiv=refresh content=\"0; url={next}\">");
        format!("{refresh}<a href=\"{next}\">on</a>{page:?}")
    }

    fn post(&self, page: &tower_sso::pages::PostPage<'_>) -> String {
        format!("{page:?}")
    }

    fn confirm(&self, page: &tower_sso::pages::ConfirmPage<'_>) -> String {
        format!("{page:?}")
    }

    fn framed(&self, page: &tower_sso::pages::FramedPage<'_>) -> String {
        format!("{page:?}")
    }

    fn error(&self, page: &tower_sso::pages::ErrorPage<'_>) -> String {
        format!("{page:?}")
    }
}

async fn names(scene: &TestApp, response: Response, kind: LoginErrorKind) -> bool {
    scene.refused(response, kind).await.contains("Acme")
}

#[tokio::test]
pub async fn an_organization_is_named_to_its_members_and_to_nobody_else() {
    let plan = Plan { telling: true, ..Plan::default() };
    let scene = TestApp::of(plan).await;
    let (ada, mallory, eve, nobody) =
        (scene.who("ada"), scene.who("mallory"), scene.who("eve"), Who::nobody());
    // Not to those who are not signed in, whatever they ask for.
    *scene.host.0.without_sign_in.lock().unwrap() = true;
    for address in ["/sso/1/start", "/sso/1/finish?ticket=x&again=1"] {
        assert!(!names(&scene, scene.visit(&nobody, address).await, NotSignedIn).await, "{address}");
    }
    assert!(!names(&scene, scene.begin(&nobody, "1", "/").await, NotSignedIn).await);
    let made_up = "/sso/1/oidc/callback?state=x&code=y";
    assert!(!names(&scene, scene.visit(&nobody, made_up).await, StateUnknown).await);
    let posted = scene.post(&nobody, "/sso/1/begin", &[("origin", "https://evil.example")], "").await;
    assert!(!names(&scene, posted, CrossOrigin).await);
    let proceeds = scene.visit(&nobody, "/sso/1/finish?ticket=x").await;
    assert_eq!(proceeds.status(), 200);
    assert!(!text(proceeds).await.contains("Acme"));
    // Nor at the callback, where nobody is asked who they are.
    scene.acme.lie(Lie::AuthorizationError("access_denied".into()));
    let callback = scene.called_back(&ada, "1").await;
    assert!(!names(&scene, scene.visit(&ada, &callback).await, ProviderError).await);
    scene.acme.honest();
    // Nor to those who are signed in and no members.
    for who in [&mallory, &eve] {
        assert!(!names(&scene, scene.visit(who, "/sso/1/start").await, NotMember).await);
        assert!(!names(&scene, scene.begin(who, "1", "/").await, NotMember).await);
        let ticket = "/sso/1/finish?ticket=x";
        assert!(!names(&scene, scene.visit(who, ticket).await, TicketUnknown).await);
    }
    let finish = scene.received(&ada, "1").await;
    assert!(!names(&scene, scene.visit(&mallory, &finish).await, OtherAccount).await);

    // To members it is.
    assert!(text(scene.visit(&ada, "/sso/1/start").await).await.contains("Acme"));
    scene.acme.lie(Lie::UserClaim { name: "email".to_owned(), value: None });
    let finish = scene.received(&ada, "1").await;
    assert!(names(&scene, scene.visit(&ada, &finish).await, EmailMissing).await);
    scene.acme.honest();
    for _ in 0..20 {
        scene.begin(&ada, "1", "/").await;
    }
    assert!(names(&scene, scene.begin(&ada, "1", "/").await, RateLimited).await);
}
