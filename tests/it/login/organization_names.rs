//! Only members are told the name of an organization.

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
    support::text,
    test_app::{Actor, TestApp, TestConfig},
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

async fn names(app: &TestApp, response: Response, kind: LoginErrorKind) -> bool {
    app.refused(response, kind).await.contains("Acme")
}

#[tokio::test]
pub async fn an_organization_is_named_only_to_its_members() {
    let config = TestConfig { verbose_pages: true, ..TestConfig::default() };
    let app = TestApp::of(config).await;
    let (ada, mallory, eve, nobody) =
        (app.actor("ada"), app.actor("mallory"), app.actor("eve"), Actor::nobody());
    // Visitors who are not signed in are not told the name, whatever they ask for.
    *app.host.state.without_sign_in.lock().unwrap() = true;
    for address in ["/sso/1/start", "/sso/1/finish?ticket=x&again=1"] {
        assert!(!names(&app, app.visit(&nobody, address).await, NotSignedIn).await, "{address}");
    }
    assert!(!names(&app, app.begin(&nobody, "1", "/").await, NotSignedIn).await);
    let made_up = "/sso/1/oidc/callback?state=x&code=y";
    assert!(!names(&app, app.visit(&nobody, made_up).await, StateUnknown).await);
    let posted = app.post(&nobody, "/sso/1/begin", &[("origin", "https://evil.example")], "").await;
    assert!(!names(&app, posted, CrossOrigin).await);
    let proceeds = app.visit(&nobody, "/sso/1/finish?ticket=x").await;
    assert_eq!(proceeds.status(), 200);
    assert!(!text(proceeds).await.contains("Acme"));
    // The name is not shown at the callback either, where the viewer is not looked up.
    app.acme.lie(Lie::AuthorizationError("access_denied".into()));
    let callback = app.called_back(&ada, "1").await;
    assert!(!names(&app, app.visit(&ada, &callback).await, ProviderError).await);
    app.acme.honest();
    // Signed-in accounts that are not members are not told either.
    for who in [&mallory, &eve] {
        assert!(!names(&app, app.visit(who, "/sso/1/start").await, NotMember).await);
        assert!(!names(&app, app.begin(who, "1", "/").await, NotMember).await);
        let ticket = "/sso/1/finish?ticket=x";
        assert!(!names(&app, app.visit(who, ticket).await, TicketUnknown).await);
    }
    let finish = app.received(&ada, "1").await;
    assert!(!names(&app, app.visit(&mallory, &finish).await, OtherAccount).await);

    // Members are told.
    assert!(text(app.visit(&ada, "/sso/1/start").await).await.contains("Acme"));
    app.acme.lie(Lie::UserClaim { name: "email".to_owned(), value: None });
    let finish = app.received(&ada, "1").await;
    assert!(names(&app, app.visit(&ada, &finish).await, EmailMissing).await);
    app.acme.honest();
    for _ in 0..20 {
        app.begin(&ada, "1", "/").await;
    }
    assert!(names(&app, app.begin(&ada, "1", "/").await, RateLimited).await);
}
