//! The banner that a host's pages show for organizations that require or offer an SSO login, and how a visitor
//! dismisses it.

use std::time::{Duration, SystemTime};

use axum::{Router, extract::State, response::Response, routing::get};
use http::{StatusCode, request::Parts};
use tower::ServiceExt as _;
use tower_sso::{
    AccountId, Membership, OrgId, RequireError, Sso,
    audit::Action,
    connection::{Enforcement, FixedConnections},
    login::LoginErrorKind,
    middleware::Pending,
};

use crate::{
    support::{BASE, World, connection, header, request, text},
    test_app::{
        TestApp,
        fault::{Fault, Verb},
    },
};

const ADA: (&str, &str) = ("x-account", "ada");

async fn page(State(sso): State<Sso>, parts: Parts) -> Result<String, Response> {
    let pending = sso.pending(&parts, ["1", "2", "3"].map(OrgId::from)).await;
    let pending = pending.map_err(RequireError::into_response)?;
    Ok(sso.banner(&parts, &pending).unwrap_or_else(|| "no banner".to_owned()))
}

fn app(world: &World) -> Router {
    let sso = world.sso();
    Router::new()
        .route("/list", get(page).post(page))
        .route("/{org}/x", get(|| async { "in" }))
        .layer(sso.layer())
        .with_state(sso.clone())
        .merge(sso.routes())
}

async fn banner(world: &World, headers: &[(&str, &str)]) -> String {
    let response = app(world).oneshot(request("GET", "/list?a=1&b", headers)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    text(response).await
}

async fn later(world: &World, organization: &str, headers: &[(&str, &str)], form: &str) -> Response {
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let address = format!("/sso/{organization}/later");
    let mut request = request("POST", &address, &[&kind, headers].concat());
    *request.body_mut() = form.to_owned().into();
    app(world).oneshot(request).await.unwrap()
}

/// Returns the cookie that dismissing the banner sets, as the browser sends it back.
async fn dismissed(world: &World, organization: &str, account: &str) -> String {
    let headers = [("x-account", account), ("origin", BASE)];
    let response = later(world, organization, &headers, "return_to=/list").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    header(&response, "set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_banner_links_to_each_login_and_returns_to_the_page() {
    let world = World::new();
    let html = banner(&world, &[ADA]).await;
    for part in [
        "<section class=\"sso-banner\" role=\"region\" aria-label=\"Single sign-on\"",
        "href=\"https://hub.example/sso/1/start?return_to=%2Flist%3Fa%3D1%26b\">Log in with SSO to Acme</a>",
        "href=\"https://hub.example/sso/2/start?return_to=%2Flist%3Fa%3D1%26b\">Log in with SSO to Initech</a>",
        "<form method=\"post\" action=\"/sso/2/later\"><input type=\"hidden\" name=\"return_to\" value=\"/list?a=1&amp;b\">",
        "<link rel=\"stylesheet\" href=\"/sso/banner.css\">",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_eq!(html.matches("<form").count(), 1, "a required login can't be dismissed: {html}");
    // The browser can't return to a page that answered a posted form.
    let response = app(&world).oneshot(request("POST", "/list?a=1", &[ADA])).await.unwrap();
    assert!(text(response).await.contains("/sso/1/start?return_to=%2F\""));
    let style = app(&world).oneshot(request("GET", "/sso/banner.css", &[])).await.unwrap();
    assert_eq!(header(&style, "content-type"), "text/css; charset=utf-8");
    assert!(text(style).await.contains(".sso-banner"));
}

#[tokio::test]
async fn there_is_no_banner_if_nothing_is_pending() {
    let world = World::new();
    world.log_in("1", "ada", "signed-on").await;
    world.log_in("2", "ada", "signed-on-2").await;
    assert_eq!(banner(&world, &[]).await, "no banner");
    assert_eq!(banner(&world, &[("x-account", "bob")]).await, "no banner");
    let logged_in = banner(&world, &[ADA, ("x-credential", "signed-on")]).await;
    assert!(!logged_in.contains("Acme") && logged_in.contains("Initech"), "{logged_in}");
    let parts = request("GET", "/", &[ADA]).into_parts().0;
    assert_eq!(world.sso().banner(&parts, &Pending::default()), None);
}

#[tokio::test]
async fn dismissing_a_banner_hides_only_an_optional_one_for_that_account() {
    let world = World::new();
    let member = |organization: &str| ((organization.into(), AccountId::from("bob")), Membership::member());
    world.host.state.memberships.lock().unwrap().extend([member("1"), member("2")]);
    // The banner of a required SSO login can't be dismissed, whatever is posted.
    let cookies =
        format!("a=b; {}; {}", dismissed(&world, "1", "ada").await, dismissed(&world, "2", "ada").await);
    let html = banner(&world, &[ADA, ("cookie", &cookies)]).await;
    assert!(html.contains("Acme requires") && !html.contains("Initech"), "{html}");
    let parts = request("GET", "/list", &[ADA, ("cookie", &cookies)]).into_parts().0;
    let pending = world.sso().pending(&parts, ["1", "2"].map(OrgId::from)).await.unwrap();
    let said = |of: &[tower_sso::middleware::PendingOrganization]| {
        of.iter().map(|it| it.dismissed).collect::<Vec<_>>()
    };
    assert_eq!((said(&pending.required), said(&pending.offered)), (vec![false], vec![true]));
    // The cookie has no effect for another account in the same browser.
    let html = banner(&world, &[("x-account", "bob"), ("cookie", &cookies)]).await;
    assert!(html.contains("Acme requires") && html.contains("Initech offers"), "{html}");
    // Nor does a cookie of another browser or of another organization.
    for cookies in ["a=b".to_owned(), dismissed(&world, "1", "ada").await] {
        let html = banner(&world, &[ADA, ("cookie", &cookies)]).await;
        assert!(html.contains("Initech offers"), "{html}");
    }
    // The cookie does not change any decision.
    for (path, status) in [("/acme/x", StatusCode::UNAUTHORIZED), ("/initech/x", StatusCode::OK)] {
        for cookies in [cookies.as_str(), "a=b"] {
            let response =
                app(&world).oneshot(request("GET", path, &[ADA, ("cookie", cookies)])).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
        }
    }
    assert!(world.actions().iter().all(|action| !action.starts_with("session")), "{:?}", world.actions());
}

#[tokio::test]
async fn the_dismissal_cookie_has_the_host_prefix_and_lasts_seven_days() {
    let world = World::new();
    let response = later(&world, "2", &[ADA, ("origin", BASE)], "return_to=/list?a=1").await;
    assert_eq!(header(&response, "location"), "https://hub.example/list?a=1");
    let cookie = header(&response, "set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-sso_later_") && pair.ends_with("=1"), "{cookie}");
    assert!(!pair.contains("ada"), "{cookie}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604800");
    // On loopback without TLS, a browser would refuse a `__Host-` cookie.
    let sso = Sso::builder("http://127.0.0.1:8080", world.host.clone(), world.connections.clone());
    let routes: Router = sso.build().unwrap().routes();
    let headers = [ADA, ("origin", "http://127.0.0.1:8080")];
    let response = routes.oneshot(request("POST", "/sso/2/later", &headers)).await.unwrap();
    let cookie = header(&response, "set-cookie");
    assert!(cookie.starts_with("sso_later_"), "{cookie}");
    assert!(cookie.ends_with("=1; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800"), "{cookie}");
}

#[tokio::test]
async fn only_a_member_on_a_page_of_this_site_can_dismiss_a_banner() {
    use LoginErrorKind::{CrossOrigin, NoConnection, NotMember, NotSignedIn, ReturnPathInvalid};
    let world = World::new();
    let ours = ("origin", BASE);
    for (organization, headers, form, expected) in [
        ("2", &[ADA][..], "return_to=/list", CrossOrigin),
        ("2", &[ADA, ("origin", "https://evil.example")], "return_to=/list", CrossOrigin),
        ("2", &[ADA, ours, ("sec-fetch-site", "same-site")], "return_to=/list", CrossOrigin),
        ("2", &[ADA, ours], "return_to=//evil.example", ReturnPathInvalid),
        ("2", &[ours], "return_to=/list", NotSignedIn),
        ("2", &[("x-account", "mallory"), ours], "return_to=/list", NotMember),
        ("3", &[ADA, ours], "return_to=/list", NoConnection),
    ] {
        let response = later(&world, organization, headers, form).await;
        assert_eq!(response.status(), expected.status(), "{expected:?}");
        assert_eq!(header(&response, "set-cookie"), "", "{expected:?}");
        let last = world.events.lock().unwrap().last().unwrap().action.clone();
        assert!(matches!(&last, Action::LoginRefused { kind, .. } if *kind == expected), "{last:?}");
    }
    let twin = later(&world, "2", &[ADA, ours, ("sec-fetch-site", "same-origin")], "return_to=/list").await;
    assert_eq!(twin.status(), StatusCode::SEE_OTHER);
    assert!(header(&twin, "set-cookie").contains("sso_later_"));
}

#[tokio::test]
async fn the_banner_shows_a_roll_out_date_until_it_comes() {
    let day = Duration::from_secs(24 * 60 * 60);
    for (date, until) in [(SystemTime::now() + 30 * day, true), (SystemTime::now() - day, false)] {
        let settings = connection("2", Enforcement::Enforced).name("Initech").enforce_from(date);
        let world = World::with(FixedConnections::build([settings]).unwrap());
        let parts = request("GET", "/", &[ADA]).into_parts().0;
        let pending = world.sso().pending(&parts, ["2".into()]).await.unwrap();
        let told: Vec<_> = pending.offered.iter().map(|it| it.until).collect();
        assert_eq!(told, if until { vec![Some(date)] } else { vec![] });
        let banner = banner(&world, &[ADA]).await;
        assert_eq!(banner.contains("requires single sign-on from <time datetime="), until, "{banner}");
        assert_eq!(banner.contains("<form"), until, "{banner}");
    }
}

#[tokio::test]
async fn a_banner_is_not_dismissed_if_a_lookup_fails() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    let later = || async {
        test_app.post(&ada, "/sso/1/later", &[("origin", test_app.base.as_str())], "return_to=/list").await
    };
    for verb in [Verb::Viewer, Verb::Connection, Verb::Membership] {
        for fault in [Fault::Fails, Fault::FailsLater] {
            test_app.faults.set(Some((verb, fault)));
            let response = later().await;
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
            assert_eq!(header(&response, "set-cookie"), "", "{verb:?}");
        }
    }
    test_app.faults.set(Some((Verb::Membership, Fault::Late)));
    assert!(header(&later().await, "set-cookie").contains("sso_later_"), "the accepted counterpart");
}
