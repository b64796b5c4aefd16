//! SSO logins that start at the provider: a tile on its front page (OpenID Connect Core §4).

use tower_sso::login::LoginErrorKind::{
    EmailNotOfAccount, InitiatorWrong, NoConnection, ParameterRepeated, RequestInvalid, ReturnPathInvalid,
};
use tower_sso_test_idp::{Change, Lie};
use url::form_urlencoded;

use crate::{
    scene::{RETURN_TO, TestApp, Who, fault::Verb},
    support::{header, text},
};

const ADA: &str = "ada@acme.example";

/// The tile of the app on the front page of `acme`'s provider.
fn tile(scene: &TestApp) -> String {
    scene.acme.tile("hub-1", Some(ADA)).unwrap()
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What the tile sends the browser with.
fn parameters(scene: &TestApp, more: &[(&str, &str)]) -> String {
    encoded(&[&[("iss", scene.acme.issuer())], more].concat())
}

#[tokio::test]
pub async fn a_tile_leads_to_the_start_page_and_begins_nothing() {
    let scene = TestApp::new().await;
    let (ada, nobody) = (scene.who("ada"), Who::nobody());
    let front = reqwest::get(scene.acme.issuer()).await.unwrap().text().await.unwrap();
    let without_user = scene.acme.tile("hub-1", None).unwrap();
    assert!(front.contains(&without_user.replace('&', "&amp;")), "{front}");
    scene.acme.forget_requests();
    // Whoever comes, and by whichever method: nobody is asked who they are, since a form comes without cookies.
    let address = tile(&scene);
    let (path, query) = address.split_once('?').unwrap();
    let posted = scene.post(&nobody, path, &[("origin", scene.acme.issuer())], query.to_owned()).await;
    let start = scene.location(posted).await;
    for who in [&ada, &nobody] {
        let led = scene.visit(who, &address).await;
        assert_eq!(header(&led, "cache-control"), "no-store");
        assert_eq!(scene.location(led).await, start);
    }
    let expected =
        "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7&login_hint=ada%40acme.example";
    assert_eq!(start, scene.url(expected));
    assert_eq!((scene.actions().len(), scene.switch.asked(Verb::Viewer)), (0, 0));

    let page = text(scene.visit(&ada, &start).await).await;
    assert!(page.contains("name=\"login_hint\" value=\"ada@acme.example\""), "{page}");
    assert!(page.contains("name=\"return_to\" value=\"/acme/repo?tab=files&amp;line=7\""), "{page}");
    assert_eq!((scene.actions().len(), scene.acme.requests().len()), (0, 0));
    assert_eq!(scene.switch.asked(Verb::Put), 0, "something was begun");

    // The person presses the button.
    let form = encoded(&[("return_to", RETURN_TO), ("login_hint", "ada at the provider")]);
    let begun = scene.post(&ada, "/sso/1/begin", &[("origin", &scene.base)], form).await;
    let authorize = scene.to_provider(begun).await;
    assert!(authorize.contains("login_hint=ada+at+the+provider"), "{authorize}");
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.accepts(&ada, &callback).await;
}

#[tokio::test]
pub async fn a_tile_of_who_is_not_signed_in_to_the_host_leads_through_its_sign_in() {
    let scene = TestApp::new().await;
    let start = scene.location(scene.visit(&Who::nobody(), &tile(&scene)).await).await;
    let sign_in = scene.location(scene.visit(&Who::nobody(), &start).await).await;
    let path = start.strip_prefix(&scene.base).unwrap();
    assert_eq!(sign_in, scene.url(&format!("/login?{}", encoded(&[("next", path)]))));
}

#[tokio::test]
pub async fn a_start_from_another_issuer_is_refused() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let issuer = scene.acme.issuer().to_owned();
    let other = |value: &str| Change::Value(value.to_owned());
    for (change, kind) in [
        (Change::Missing, InitiatorWrong),
        (other(""), InitiatorWrong),
        (other("https://evil.example"), InitiatorWrong),
        (other(&format!("{issuer}/")), InitiatorWrong),
        (other(&issuer.to_uppercase()), InitiatorWrong),
        (other(scene.initech.issuer()), InitiatorWrong),
        (Change::Doubled, ParameterRepeated),
    ] {
        scene.acme.lie(Lie::tile("iss", change));
        let page = scene.refused(scene.visit(&ada, &tile(&scene)).await, kind).await;
        assert!(!page.contains("evil"), "{page}");
        scene.acme.honest();
        assert_eq!(scene.visit(&ada, &tile(&scene)).await.status(), 303);
    }
    let nowhere = tile(&scene).replace("/sso/1/", "/sso/3/");
    scene.refused(scene.visit(&ada, &nowhere).await, NoConnection).await;
    // The other organization's own provider may.
    let theirs = scene.initech.tile("hub-2", None).unwrap();
    assert_eq!(scene.visit(&ada, &theirs).await.status(), 303);
}

#[tokio::test]
pub async fn a_start_that_leads_to_another_site_is_refused() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let base = scene.base.clone();
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
        scene.acme.lie(Lie::tile("target_link_uri", Change::Value(target.to_owned())));
        let page = scene.refused(scene.visit(&ada, &tile(&scene)).await, ReturnPathInvalid).await;
        assert!(!page.contains("evil"), "{page}");
        scene.acme.honest();
        assert_eq!(scene.visit(&ada, &tile(&scene)).await.status(), 303);
    }
    scene.acme.lie(Lie::tile("target_link_uri", Change::Doubled));
    scene.refused(scene.visit(&ada, &tile(&scene)).await, ParameterRepeated).await;
    scene.acme.honest();
    for (target, path) in [("", "%2F"), ("/", "%2F"), ("/acme#line-7", "%2Facme"), ("?x", "")] {
        let target = format!("{base}{target}");
        let address = format!("/sso/1/oidc/initiate?{}", parameters(&scene, &[("target_link_uri", &target)]));
        let led = scene.visit(&ada, &address).await;
        if path.is_empty() {
            scene.refused(led, ReturnPathInvalid).await;
        } else {
            assert_eq!(scene.location(led).await, scene.url(&format!("/sso/1/start?return_to={path}")));
        }
    }
    let none = format!("/sso/1/oidc/initiate?{}", parameters(&scene, &[("target_link_uri", "")]));
    let start = scene.location(scene.visit(&ada, &none).await).await;
    assert_eq!(start, scene.url("/sso/1/start?return_to=%2F"));
}

#[tokio::test]
pub async fn a_hint_is_asked_with_and_decides_nothing() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let own = scene.begun(&ada, "1").await;
    assert!(own.contains("login_hint=ada%40acme.example"), "{own}");
    // Bob's, and bob signs in: the account's own address is asked for as ever.
    let form = encoded(&[("return_to", RETURN_TO), ("login_hint", "bob@acme.example")]);
    let begun = scene.post(&ada, "/sso/1/begin", &[("origin", &scene.base)], form).await;
    let authorize = scene.to_provider(begun).await;
    assert!(authorize.contains("login_hint=bob%40acme.example"), "{authorize}");
    let callback = scene.signed_in(&ada.as_user("bob"), "1", &authorize).await;
    let finish = scene.location(scene.visit(&ada, &callback).await).await;
    scene.refused(scene.visit(&ada, &finish).await, EmailNotOfAccount).await;
    // One that is no hint is refused wherever it is taken.
    let long = "x".repeat(321);
    for (hint, kind) in [("a\nb", RequestInvalid), (&long, RequestInvalid)] {
        let initiated = format!("/sso/1/oidc/initiate?{}", parameters(&scene, &[("login_hint", hint)]));
        scene.refused(scene.visit(&ada, &initiated).await, kind).await;
        let hint = encoded(&[("login_hint", hint)]);
        scene.refused(scene.visit(&ada, &format!("/sso/1/start?{hint}")).await, kind).await;
        let origin = [("origin", scene.base.as_str())];
        scene.refused(scene.post(&ada, "/sso/1/begin", &origin, hint).await, kind).await;
    }
    let twice = "login_hint=a&login_hint=a";
    scene.refused(scene.visit(&ada, &format!("/sso/1/start?{twice}")).await, ParameterRepeated).await;
    let initiated = format!("/sso/1/oidc/initiate?{}&{twice}", parameters(&scene, &[]));
    scene.refused(scene.visit(&ada, &initiated).await, ParameterRepeated).await;
    let page = text(scene.visit(&ada, "/sso/1/start?login_hint=%3Cscript%3E%22").await).await;
    assert!(page.contains("&lt;script&gt;&quot;") && !page.contains("<script"), "{page}");
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_flood_of_made_up_starts_is_slowed() {
    use tower_sso::login::LoginErrorKind::RateLimited;
    let scene = TestApp::new().await;
    let nobody = Who::nobody();
    for _ in 0..60 {
        let made_up = scene.visit(&nobody, "/sso/1/oidc/initiate?iss=https://evil.example").await;
        scene.refused(made_up, InitiatorWrong).await;
    }
    let made_up = scene.visit(&nobody, "/sso/1/oidc/initiate?iss=https://evil.example").await;
    scene.refused(made_up, RateLimited).await;
    assert_eq!(scene.visit(&nobody, &tile(&scene)).await.status(), 303);
}
