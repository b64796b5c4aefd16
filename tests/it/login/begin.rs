//! The start page and its form.

use http::{Method, StatusCode};
use tower_sso::login::LoginErrorKind::{
    CrossOrigin, ParameterRepeated, RateLimited, RequestInvalid, ReturnPathInvalid,
};

use crate::{
    support::{header, text},
    test_app::TestApp,
};

#[tokio::test]
pub async fn a_cross_site_form_begins_no_login() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let base = app.base.as_str();
    let other_port = "http://127.0.0.1:1";
    let (origin, site) = ("origin", "sec-fetch-site");
    for headers in [
        &[][..],
        &[(origin, "https://evil.example")],
        &[(origin, other_port)],
        &[(origin, "null")],
        &[(origin, "")],
        &[(origin, &base.replace("http:", "https:"))],
        &[(site, "cross-site")],
        &[(site, "same-site")],
        &[(site, "none")],
        &[(origin, base), (site, "cross-site")],
        &[(origin, base), (site, "same-site")],
        &[("referer", base)],
    ] {
        app.refused(app.post(&ada, "/sso/1/begin", headers, "return_to=/").await, CrossOrigin).await;
    }
    assert_eq!(app.acme.requests().len(), 0, "the provider was asked");
    for headers in [&[(origin, base)][..], &[(site, "same-origin")], &[(origin, base), (site, "same-origin")]]
    {
        let begun = app.post(&ada, "/sso/1/begin", headers, "return_to=/").await;
        assert!(app.to_provider(begun).await.starts_with(app.acme.issuer()), "{headers:?}");
    }
}

#[tokio::test]
pub async fn a_login_begins_only_by_post() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let headers = [("origin", app.base.as_str()), ("sec-fetch-site", "same-origin")];
        let address = "/sso/1/begin?return_to=/";
        let response = app.send(app.request(&ada, method.as_str(), address, &headers)).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    assert_eq!((app.actions().len(), app.acme.requests().len()), (0, 0));
    app.begun(&ada, "1").await;
    assert_eq!(app.actions(), ["login.begun"]);
}

#[tokio::test]
pub async fn a_return_path_to_another_site_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let long = format!("/{}", "a".repeat(3000));
    for bad in [
        "",
        "acme",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "HTTPS:evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x=1",
        "/a\u{0}",
        "/\t/evil.example",
        " /acme",
        "/a b",
        "/\u{e4}",
        "/./",
        "/..//evil.example",
        "/%2e%2e//evil.example",
        "/a#b",
        &long,
    ] {
        app.refused(app.begin(&ada, "1", bad).await, ReturnPathInvalid).await;
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", bad).finish();
        let start = format!("/sso/1/start?{query}");
        let page = app.refused(app.visit(&ada, &start).await, ReturnPathInvalid).await;
        assert!(!page.contains("evil"), "{page}");
    }
    let twice = "/sso/1/start?return_to=/a&return_to=/b";
    app.refused(app.visit(&ada, twice).await, ParameterRepeated).await;
    assert_eq!(app.acme.requests().len(), 0, "the provider was asked");

    // A missing return path leads to the front page. A valid one appears in the form unchanged.
    let page = text(app.visit(&ada, "/sso/1/start").await).await;
    assert!(page.contains("name=\"return_to\" value=\"/\""), "{page}");
    let page = text(app.visit(&ada, "/sso/1/start?return_to=/acme/x%3Fa%3D1%26b%3D%22").await).await;
    assert!(page.contains("name=\"return_to\""), "{page}");
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_form_that_is_too_large_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let headers = [("origin", app.base.as_str())];
    let form = |size: usize| format!("return_to=/&padding={}", "x".repeat(size));
    app.refused(app.post(&ada, "/sso/1/begin", &headers, form(70_000)).await, RequestInvalid).await;
    let callback = app.called_back(&ada, "1").await;
    let query = callback.split_once('?').unwrap().1;
    let large = format!("{query}&padding={}", "x".repeat(70_000));
    app.refused(app.post(&ada, "/sso/1/oidc/callback", &[], large).await, RequestInvalid).await;

    let begun = app.post(&ada, "/sso/1/begin", &headers, form(60_000)).await;
    app.to_provider(begun).await;
    let received = app.post(&ada, "/sso/1/oidc/callback", &[], query.to_owned()).await;
    let finish = app.location(received).await;
    app.finishes(&ada, &finish).await;
}

#[tokio::test]
pub async fn a_credential_that_begins_too_often_is_rate_limited_and_others_are_not() {
    let app = TestApp::new().await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    for _ in 0..20 {
        app.begun(&ada, "1").await;
    }
    let response = app.begin(&ada, "1", "/").await;
    assert_eq!(header(&response, "retry-after"), "5");
    app.refused(response, RateLimited).await;
    app.log_in(&other, "1").await;
    app.clock.seconds(3);
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_credential_that_opens_the_start_page_too_often_is_rate_limited() {
    let app = TestApp::new().await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    for _ in 0..60 {
        assert_eq!(app.visit(&ada, "/sso/1/start").await.status(), 200);
    }
    app.refused(app.visit(&ada, "/sso/1/start").await, RateLimited).await;
    assert_eq!(app.visit(&other, "/sso/1/start").await.status(), 200);
    app.clock.seconds(1);
    assert_eq!(app.visit(&ada, "/sso/1/start").await.status(), 200);
}

#[tokio::test]
pub async fn the_start_page_sends_nothing_until_its_button_is_pressed() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let page = app.visit(&ada, "/sso/1/start").await;
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert!(header(&page, "content-security-policy").contains("default-src 'none'"));
    assert!(header(&page, "content-security-policy").contains("frame-ancestors 'none'"));
    let page = text(page).await;
    assert!(!page.contains("<script") && !page.contains("http-equiv=\"refresh\""), "{page}");
    assert_eq!((app.actions().len(), app.acme.requests().len()), (0, 0));
}
