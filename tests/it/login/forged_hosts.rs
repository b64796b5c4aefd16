//! Anybody can send `Host`, `Forwarded` and `X-Forwarded-*`: no page is built from them, and no form is accepted
//! because of them.

use http::StatusCode;
use tower_sso::login::LoginErrorKind::CrossOrigin;
use url::Url;

use super::saml;
use crate::{
    support::{header, text},
    test_app::TestApp,
};

const EVIL: &str = "evil.example";

type Headers = Vec<(&'static str, String)>;

/// The headers that a proxy, or a client posing as one, sends about the app's address: each alone, and all together.
fn forgeries() -> Vec<Headers> {
    let evil = || EVIL.to_owned();
    let one = |name, value: &str| vec![(name, value.to_owned())];
    let mut all = vec![
        one("host", EVIL),
        one("x-forwarded-host", EVIL),
        one("x-forwarded-proto", "https"),
        one("forwarded", "host=evil.example"),
        one("forwarded", "for=192.0.2.1;proto=https;host=\"evil.example\""),
        one("forwarded", "proto=https"),
        vec![("host", evil()), ("x-forwarded-proto", "https".to_owned())],
        vec![("x-forwarded-host", evil()), ("x-forwarded-proto", "https".to_owned())],
    ];
    let rest = ["x-original-host", "x-host", "x-forwarded-server", "x-http-host-override"];
    let mut together: Headers = rest.map(|name| (name, evil())).into();
    together.extend([("host", evil()), ("x-forwarded-host", evil())]);
    together.push(("forwarded", format!("host={EVIL};proto=https")));
    together.extend([("x-forwarded-proto", "https".to_owned()), ("x-forwarded-port", "443".to_owned())]);
    all.push(together);
    all
}

/// Returns the origin that an app which trusts these headers would take for its own.
fn believed(base: &str, headers: &Headers) -> String {
    let base = Url::parse(base).unwrap();
    let said = |name: &str| headers.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str());
    let forwarded = |part: &str| {
        let value = said("forwarded")?.split(';').find_map(|pair| pair.trim().strip_prefix(part))?;
        Some(value.trim_matches('"'))
    };
    let own = format!("{}:{}", base.host_str().unwrap(), base.port().unwrap());
    let scheme = forwarded("proto=").or(said("x-forwarded-proto")).unwrap_or(base.scheme());
    let host = forwarded("host=").or(said("x-forwarded-host")).or(said("host")).unwrap_or(&own);
    format!("{scheme}://{host}")
}

fn borrowed(headers: &Headers) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Each form is posted with the `Origin` that the forged headers claim to be the app's.
#[tokio::test]
async fn a_form_is_refused_if_only_a_forged_host_matches_its_origin() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for forged in forgeries() {
        let origin = believed(&app.base, &forged);
        assert_ne!(origin, app.base, "{forged:?} does not change the origin");
        let mut headers = borrowed(&forged);
        headers.push(("origin", &origin));
        let begun = app.post(&ada, "/sso/1/begin", &headers, "return_to=/").await;
        app.refused(begun, CrossOrigin).await;
        // The accepted counterpart: the same headers on a form of this site.
        headers.pop();
        headers.push(("origin", &app.base));
        let begun = app.post(&ada, "/sso/1/begin", &headers, "return_to=/").await;
        assert!(app.to_provider(begun).await.starts_with(app.acme.issuer()), "{forged:?}");
    }
}

#[tokio::test]
async fn no_address_of_ours_depends_on_a_forged_host() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let start = app.url("/sso/1/start?return_to=%2Facme%2Frepo%3Fx%3D1");
    let callback = app.url("/sso/1/oidc/callback");
    let mut cases: Vec<(Headers, String)> = vec![(Vec::new(), String::new())];
    // A request line that names a host, as a proxy sends it and as HTTP/2 has it.
    cases.push((Vec::new(), format!("https://{EVIL}")));
    cases.extend(forgeries().into_iter().map(|headers| (headers, String::new())));
    for (forged, line) in cases {
        let case = format!("{forged:?} {line}");
        let ask = async |path: &str, more: &[(&str, &str)]| {
            let headers = [&borrowed(&forged), more].concat();
            app.send(app.request(&ada, "GET", &format!("{line}{path}"), &headers)).await
        };
        let sent =
            ask("/acme/repo?x=1", &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]).await;
        assert_eq!((sent.status(), header(&sent, "location")), (StatusCode::SEE_OTHER, &*start), "{case}");
        let told = ask("/acme/repo?x=1", &[("accept", "application/json")]).await;
        assert_eq!(told.status(), StatusCode::UNAUTHORIZED);
        let challenge = header(&told, "x-sso").to_owned();
        assert!(challenge.contains(&app.base) && !challenge.contains(EVIL), "{case}: {challenge}");
        assert!(!text(told).await.contains(EVIL), "{case}");
        let page = text(ask("/sso/1/start?return_to=/acme", &[]).await).await;
        assert!(page.contains("/sso/1/begin") && !page.contains(EVIL), "{case}: {page}");
        let headers = [&borrowed(&forged)[..], &[("origin", app.base.as_str())]].concat();
        let begun = app.post(&ada, &format!("{line}/sso/1/begin"), &headers, "return_to=/acme").await;
        let authorize = Url::parse(&app.to_provider(begun).await).unwrap();
        let sent = authorize.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
        assert_eq!(sent, callback, "{case}");
        assert!(!authorize.as_str().contains(EVIL), "{case}: {authorize}");
        // The redirect after such a request leads to the base URL.
        let returned = app.signed_in(&ada, "1", authorize.as_str()).await;
        let path = returned.strip_prefix(&app.base).unwrap();
        let received = ask(path, &[]).await;
        let finish = app.location(received).await;
        assert!(finish.starts_with(&app.url("/sso/1/finish?ticket=")), "{case}: {finish}");
        let finished = ask(finish.strip_prefix(&app.base).unwrap(), &[]).await;
        assert_eq!(app.location(finished).await, app.url("/acme"), "{case}");
        app.count_finished();
        app.sso.signed_out(&ada.presents()).await.unwrap();
        app.clock.seconds(31);
    }
}

#[tokio::test]
async fn our_saml_metadata_does_not_depend_on_a_forged_host() {
    let app = TestApp::of(saml::config()).await;
    let ada = app.actor("ada");
    let mut cases = forgeries();
    cases.push(Vec::new());
    for forged in cases {
        let request = app.request(&ada, "GET", "/sso/1/saml/metadata", &borrowed(&forged));
        let metadata = text(app.send(request).await).await;
        assert!(metadata.contains(&app.url("/sso/1/saml/acs")), "{forged:?}: {metadata}");
        assert!(!metadata.contains(EVIL), "{forged:?}: {metadata}");
    }
}
