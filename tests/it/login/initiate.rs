//! SSO logins that start at the provider, from a tile on its front page (OpenID Connect Core §4).

use tower_sso::login::LoginErrorKind::{
    EmailNotOfAccount, InitiatorWrong, NoConnection, ParameterRepeated, RequestInvalid, ReturnPathInvalid,
};
use tower_sso_test_idp::{Change, Lie};
use url::form_urlencoded;

use crate::{
    support::{header, text},
    test_app::{Actor, RETURN_TO, TestApp, fault::Verb},
};

const ADA: &str = "ada@acme.example";

/// Returns the address of the app's tile on the front page of `acme`'s provider.
fn tile(app: &TestApp) -> String {
    app.acme.tile("hub-1", Some(ADA)).unwrap()
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Returns the parameters that the tile sends the browser with.
fn parameters(app: &TestApp, more: &[(&str, &str)]) -> String {
    encoded(&[&[("iss", app.acme.issuer())], more].concat())
}

#[tokio::test]
pub async fn a_tile_leads_to_the_start_page_and_begins_no_login() {
    let app = TestApp::new().await;
    let (ada, nobody) = (app.actor("ada"), Actor::nobody());
    let front = reqwest::get(app.acme.issuer()).await.unwrap().text().await.unwrap();
    let without_user = app.acme.tile("hub-1", None).unwrap();
    assert!(front.contains(&without_user.replace('&', "&amp;")), "{front}");
    app.acme.forget_requests();
    // Any visitor may come, by either method. The viewer is not looked up, because a cross-site form carries no
    // cookies.
    let address = tile(&app);
    let (path, query) = address.split_once('?').unwrap();
    let posted = app.post(&nobody, path, &[("origin", app.acme.issuer())], query.to_owned()).await;
    let start = app.location(posted).await;
    for who in [&ada, &nobody] {
        let led = app.visit(who, &address).await;
        assert_eq!(header(&led, "cache-control"), "no-store");
        assert_eq!(app.location(led).await, start);
    }
    let expected =
        "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7&login_hint=ada%40acme.example";
    assert_eq!(start, app.url(expected));
    assert_eq!((app.actions().len(), app.faults.asked(Verb::Viewer)), (0, 0));

    let page = text(app.visit(&ada, &start).await).await;
    assert!(page.contains("name=\"login_hint\" value=\"ada@acme.example\""), "{page}");
    assert!(page.contains("name=\"return_to\" value=\"/acme/repo?tab=files&amp;line=7\""), "{page}");
    assert_eq!((app.actions().len(), app.acme.requests().len()), (0, 0));
    assert_eq!(app.faults.asked(Verb::Put), 0, "an SSO login was begun");

    // The person presses the button.
    let form = encoded(&[("return_to", RETURN_TO), ("login_hint", "ada at the provider")]);
    let begun = app.post(&ada, "/sso/1/begin", &[("origin", &app.base)], form).await;
    let authorize = app.to_provider(begun).await;
    assert!(authorize.contains("login_hint=ada+at+the+provider"), "{authorize}");
    let callback = app.signed_in(&ada, "1", &authorize).await;
    app.accepts(&ada, &callback).await;
}

#[tokio::test]
pub async fn a_tile_opened_without_an_app_session_leads_through_the_sign_in() {
    let app = TestApp::new().await;
    let start = app.location(app.visit(&Actor::nobody(), &tile(&app)).await).await;
    let sign_in = app.location(app.visit(&Actor::nobody(), &start).await).await;
    let path = start.strip_prefix(&app.base).unwrap();
    assert_eq!(sign_in, app.url(&format!("/login?{}", encoded(&[("next", path)]))));
}

#[tokio::test]
pub async fn a_start_with_another_issuer_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let issuer = app.acme.issuer().to_owned();
    let other = |value: &str| Change::Value(value.to_owned());
    for (change, kind) in [
        (Change::Missing, InitiatorWrong),
        (other(""), InitiatorWrong),
        (other("https://evil.example"), InitiatorWrong),
        (other(&format!("{issuer}/")), InitiatorWrong),
        (other(&issuer.to_uppercase()), InitiatorWrong),
        (other(app.initech.issuer()), InitiatorWrong),
        (Change::Doubled, ParameterRepeated),
    ] {
        app.acme.lie(Lie::tile("iss", change));
        let page = app.refused(app.visit(&ada, &tile(&app)).await, kind).await;
        assert!(!page.contains("evil"), "{page}");
        app.acme.honest();
        assert_eq!(app.visit(&ada, &tile(&app)).await.status(), 303);
    }
    let nowhere = tile(&app).replace("/sso/1/", "/sso/3/");
    app.refused(app.visit(&ada, &nowhere).await, NoConnection).await;
    // The other organization's own provider may start a login there.
    let theirs = app.initech.tile("hub-2", None).unwrap();
    assert_eq!(app.visit(&ada, &theirs).await.status(), 303);
}

#[tokio::test]
pub async fn a_start_that_leads_to_another_site_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let base = app.base.clone();
    let evil = [
        "https://evil.example/",
        "//evil.example/",
        "/acme",
        "javascript:alert(1)",
        &format!("{base}.evil.example/"),
        &format!("{base}@evil.example/"),
        &format!("{base}//evil.example/"),
        &format!("{base}/\\evil.example"),
        &format!("{base}/..//evil.example"),
        &base.replace("http:", "https:"),
        &format!("{base}/a\r\nset-cookie: x"),
        &format!(" {base}/"),
    ];
    for target in evil {
        app.acme.lie(Lie::tile("target_link_uri", Change::Value(target.to_owned())));
        let page = app.refused(app.visit(&ada, &tile(&app)).await, ReturnPathInvalid).await;
        assert!(!page.contains("evil"), "{page}");
        app.acme.honest();
        assert_eq!(app.visit(&ada, &tile(&app)).await.status(), 303);
    }
    app.acme.lie(Lie::tile("target_link_uri", Change::Doubled));
    app.refused(app.visit(&ada, &tile(&app)).await, ParameterRepeated).await;
    app.acme.honest();
    for (target, path) in [("", "%2F"), ("/", "%2F"), ("/acme#line-7", "%2Facme"), ("?x", "")] {
        let target = format!("{base}{target}");
        let address = format!("/sso/1/oidc/initiate?{}", parameters(&app, &[("target_link_uri", &target)]));
        let led = app.visit(&ada, &address).await;
        if path.is_empty() {
            app.refused(led, ReturnPathInvalid).await;
        } else {
            assert_eq!(app.location(led).await, app.url(&format!("/sso/1/start?return_to={path}")));
        }
    }
    let none = format!("/sso/1/oidc/initiate?{}", parameters(&app, &[("target_link_uri", "")]));
    let start = app.location(app.visit(&ada, &none).await).await;
    assert_eq!(start, app.url("/sso/1/start?return_to=%2F"));
}

#[tokio::test]
pub async fn a_login_hint_is_sent_and_decides_nothing() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let own = app.begun(&ada, "1").await;
    assert!(own.contains("login_hint=ada%40acme.example"), "{own}");
    // The hint names bob, and bob signs in at the provider. The account's own address is still required.
    let form = encoded(&[("return_to", RETURN_TO), ("login_hint", "bob@acme.example")]);
    let begun = app.post(&ada, "/sso/1/begin", &[("origin", &app.base)], form).await;
    let authorize = app.to_provider(begun).await;
    assert!(authorize.contains("login_hint=bob%40acme.example"), "{authorize}");
    let callback = app.signed_in(&ada.as_user("bob"), "1", &authorize).await;
    let finish = app.location(app.visit(&ada, &callback).await).await;
    app.refused(app.visit(&ada, &finish).await, EmailNotOfAccount).await;
    // An invalid hint is refused at every address that accepts one.
    let long = "x".repeat(321);
    for (hint, kind) in [("a\nb", RequestInvalid), (&long, RequestInvalid)] {
        let initiated = format!("/sso/1/oidc/initiate?{}", parameters(&app, &[("login_hint", hint)]));
        app.refused(app.visit(&ada, &initiated).await, kind).await;
        let hint = encoded(&[("login_hint", hint)]);
        app.refused(app.visit(&ada, &format!("/sso/1/start?{hint}")).await, kind).await;
        let origin = [("origin", app.base.as_str())];
        app.refused(app.post(&ada, "/sso/1/begin", &origin, hint).await, kind).await;
    }
    let twice = "login_hint=a&login_hint=a";
    app.refused(app.visit(&ada, &format!("/sso/1/start?{twice}")).await, ParameterRepeated).await;
    let initiated = format!("/sso/1/oidc/initiate?{}&{twice}", parameters(&app, &[]));
    app.refused(app.visit(&ada, &initiated).await, ParameterRepeated).await;
    let page = text(app.visit(&ada, "/sso/1/start?login_hint=%3Cscript%3E%22").await).await;
    assert!(page.contains("&lt;script&gt;&quot;") && !page.contains("<script"), "{page}");
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_flood_of_made_up_starts_is_rate_limited() {
    use tower_sso::login::LoginErrorKind::RateLimited;
    let app = TestApp::new().await;
    let nobody = Actor::nobody();
    for _ in 0..60 {
        let made_up = app.visit(&nobody, "/sso/1/oidc/initiate?iss=https://evil.example").await;
        app.refused(made_up, InitiatorWrong).await;
    }
    let made_up = app.visit(&nobody, "/sso/1/oidc/initiate?iss=https://evil.example").await;
    app.refused(made_up, RateLimited).await;
    assert_eq!(app.visit(&nobody, &tile(&app)).await.status(), 303);
}
