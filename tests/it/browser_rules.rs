//! The test browser follows the rules that real browsers follow. `tests/real` compares it with Chromium.

use std::time::{Duration, SystemTime};

use axum::http::Method;
use url::Url;

use crate::browser::{Browser, Credentials, Jar, Kind, Refusal, Seen, SiteContext, probe::Probe};

const APP: &str = "127.0.0.1";
const IDP: &str = "localhost";
const THREE: [(&str, &str); 3] = [
    ("set", "strict=1; Path=/; SameSite=Strict"),
    ("set", "lax=1; Path=/; SameSite=Lax"),
    ("set", "none=1; Path=/; SameSite=None; Secure"),
];

/// Returns a browser that holds a cookie of each kind for the app and is on a page of the provider with `parameters`.
async fn abroad(probe: &Probe, parameters: &[(&str, &str)]) -> Browser {
    let mut browser = Browser::new();
    browser.navigate(probe.with(APP, "/page", &THREE)).await;
    browser.navigate(probe.with(IDP, "/page", parameters)).await;
    probe.seen();
    browser
}

fn only(probe: &Probe) -> Seen {
    let mut seen = probe.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.remove(0)
}

fn store(header: &str, url: &str) -> Result<(), Refusal> {
    Jar::default().store(header, &Url::parse(url).unwrap(), SiteContext::SameSite, SystemTime::now())
}

#[tokio::test]
async fn cookies_are_kept_per_host_and_ignore_the_port() {
    let (probe, other_port) = (Probe::start().await, Probe::start().await);
    let mut browser = Browser::new();
    browser.navigate(probe.with(APP, "/page", &[("set", "a=1; Path=/")])).await;
    browser.navigate(other_port.at(APP, "/page")).await;
    assert_eq!(only(&other_port).cookies, ["a=1"]);
    browser.navigate(probe.at(IDP, "/page")).await;
    assert_eq!(probe.seen().pop().unwrap().cookies, [""; 0]);
}

#[tokio::test]
async fn a_domain_cookie_reaches_subdomains_and_a_host_cookie_does_not() {
    let probe = Probe::start().await;
    let mut browser = Browser::new();
    let set = [("set", "wide=1; Path=/; Domain=hub.localhost"), ("set", "narrow=1; Path=/")];
    browser.navigate(probe.with("hub.localhost", "/page", &set)).await;
    browser.navigate(probe.at("acme.hub.localhost", "/page")).await;
    browser.navigate(probe.at("hub.localhost", "/page")).await;
    let cookies: Vec<_> = probe.seen().into_iter().skip(1).map(|seen| seen.cookies).collect();
    assert_eq!(cookies, [vec!["wide=1"], vec!["narrow=1", "wide=1"]]);
}

#[test]
fn a_cookie_for_another_domain_is_refused() {
    assert_eq!(store("a=1; Domain=hub.localhost", "http://acme.hub.localhost/"), Ok(()));
    assert_eq!(store("a=1; Domain=localhost", "http://localhost/"), Ok(()));
    for (header, url) in [
        ("a=1; Domain=other.localhost", "http://acme.localhost/"),
        ("a=1; Domain=acme.localhost", "http://badacme.localhost/"),
        ("a=1; Domain=localhost", "http://acme.localhost/"),
        ("a=1; Domain=0.0.1", "http://127.0.0.1/"),
    ] {
        assert_eq!(store(header, url), Err(Refusal::Domain), "{header} from {url}");
    }
}

#[tokio::test]
async fn a_cookie_is_sent_only_below_its_path() {
    let probe = Probe::start().await;
    let mut browser = Browser::new();
    let set = [("set", "said=1; Path=/page/a"), ("set", "default=1")];
    browser.navigate(probe.with(APP, "/page/b/c", &set)).await;
    for (path, expected) in [
        ("/page/a", vec!["said"]),
        ("/page/a/x", vec!["said"]),
        ("/page/ab", vec![]),
        ("/page/b/other", vec!["default"]),
        ("/page/b", vec!["default"]),
        ("/page", vec![]),
    ] {
        browser.navigate(probe.at(APP, path)).await;
        assert_eq!(browser.hops()[0].cookies_sent(), expected, "{path}");
    }
}

#[test]
fn secure_cookies_are_accepted_from_https_and_loopback() {
    for url in
        ["https://app.example/", "http://127.0.0.1:8080/", "http://localhost:1/", "http://a.localhost/"]
    {
        assert_eq!(store("a=1; Secure", url), Ok(()), "{url}");
    }
    assert_eq!(store("a=1; Secure", "http://app.example/"), Err(Refusal::NotSecure));
}

#[test]
fn a_cookie_prefix_is_accepted_only_with_its_attributes() {
    let url = "http://127.0.0.1/";
    assert_eq!(store("__Host-a=1; Secure; Path=/", url), Ok(()));
    assert_eq!(store("__Secure-a=1; Secure", url), Ok(()));
    for header in [
        "__Host-a=1; Path=/",
        "__Host-a=1; Secure",
        "__Host-a=1; Secure; Path=/x",
        "__Host-a=1; Secure; Path=/; Domain=127.0.0.1",
        "__host-a=1; Path=/",
        "__Secure-a=1",
    ] {
        assert_eq!(store(header, url), Err(Refusal::Prefix), "{header}");
    }
}

#[test]
fn same_site_none_requires_secure() {
    assert_eq!(store("a=1; SameSite=None; Secure", "http://127.0.0.1/"), Ok(()));
    assert_eq!(store("a=1; SameSite=None", "http://127.0.0.1/"), Err(Refusal::NoneWithoutSecure));
}

#[tokio::test]
async fn a_link_from_another_site_sends_lax_but_not_strict() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    let mut browser = abroad(&probe, &[("link", &target)]).await;
    browser.click("link").await;
    assert_eq!(only(&probe).cookies, ["lax=1", "none=1"]);
    browser.navigate(&target).await;
    assert_eq!(only(&probe).cookies, ["lax=1", "none=1", "strict=1"]);
}

#[tokio::test]
async fn another_port_is_the_same_site_but_another_origin() {
    let (probe, other) = (Probe::start().await, Probe::start().await);
    let mut browser = Browser::new();
    browser.navigate(probe.with(APP, "/page", &THREE)).await;
    browser.navigate(other.with(APP, "/page", &[("link", &probe.at(APP, "/page"))])).await;
    probe.seen();
    browser.click("link").await;
    let seen = only(&probe);
    assert_eq!(seen.cookies, ["lax=1", "none=1", "strict=1"]);
    assert_eq!(seen.site.as_deref(), Some("same-site"));
}

#[tokio::test]
async fn a_cross_site_post_sends_none_and_recent_cookies_without_same_site() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    let mut browser = abroad(&probe, &[("post", &target)]).await;
    browser.set_cookie(&target, "silent=1; Path=/");
    browser.submit("post", &[]).await;
    assert_eq!(only(&probe).cookies, ["none=1", "silent=1"]);
    browser.advance(Duration::from_secs(121));
    browser.navigate(probe.with(IDP, "/page", &[("post", &target)])).await;
    probe.seen();
    browser.submit("post", &[]).await;
    assert_eq!(only(&probe).cookies, ["none=1"]);
}

#[tokio::test]
async fn a_cross_site_post_that_redirects_home_sends_lax_but_not_strict() {
    let probe = Probe::start().await;
    let home = probe.at(APP, "/page/home");
    let there = probe.with(IDP, "/go", &[("to", &home)]);
    let mut browser = abroad(&probe, &[("post", &there)]).await;
    browser.submit("post", &[]).await;
    let seen = probe.seen();
    assert_eq!(seen.iter().map(|seen| &*seen.method).collect::<Vec<_>>(), ["POST", "GET"]);
    assert_eq!(seen[1].cookies, ["lax=1", "none=1"]);
}

#[tokio::test]
async fn a_cross_site_round_trip_sends_strict_unless_every_hop_counts() {
    let probe = Probe::start().await;
    let home = probe.at(APP, "/page/home");
    let there = probe.with(IDP, "/go", &[("to", &home)]);
    let mut start = THREE.to_vec();
    start.push(("link", &there));
    for (mut browser, expected) in [
        (Browser::new(), vec!["lax=1", "none=1", "strict=1"]),
        (Browser::counting_every_hop(), vec!["lax=1", "none=1"]),
    ] {
        browser.navigate(probe.with(APP, "/page", &start)).await;
        browser.click("link").await;
        assert_eq!(probe.seen().pop().unwrap().cookies, expected);
        assert_eq!(browser.hops()[1].sent("sec-fetch-site"), Some("cross-site"));
    }
}

#[tokio::test]
async fn subresources_send_only_same_site_none_cookies_across_sites() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    let mut browser = abroad(&probe, &[]).await;
    for kind in [Kind::Iframe, Kind::Image, Kind::Script] {
        browser.embed(kind, &target).await;
        assert_eq!(only(&probe).cookies, ["none=1"], "{kind:?}");
    }
    for (credentials, expected) in [
        (Credentials::Include, vec!["none=1"]),
        (Credentials::SameOrigin, vec![]),
        (Credentials::Omit, vec![]),
    ] {
        browser.fetch_with(credentials, Method::GET, &target, &[], None).await;
        assert_eq!(only(&probe).cookies, expected, "{credentials:?}");
    }
    browser.navigate(probe.at(APP, "/page")).await;
    probe.seen();
    browser.fetch(Method::GET, "/page/target", None).await;
    assert_eq!(only(&probe).cookies, ["lax=1", "none=1", "strict=1"]);
}

#[tokio::test]
async fn a_cross_site_subresource_cannot_set_a_lax_cookie() {
    let probe = Probe::start().await;
    let mut browser = abroad(&probe, &[]).await;
    let set = [("set", "lax2=1; Path=/; SameSite=Lax"), ("set", "none2=1; Path=/; SameSite=None; Secure")];
    let target = probe.with(APP, "/page", &set);
    browser.fetch_with(Credentials::Include, Method::GET, &target, &[], None).await;
    assert_eq!(browser.hops()[0].refused, [("lax2=1; Path=/; SameSite=Lax".to_owned(), Refusal::CrossSite)]);
    assert_eq!(browser.cookie(&target, "lax2"), None);
    assert_eq!(browser.cookie(&target, "none2").as_deref(), Some("1"));
}

#[tokio::test]
async fn fetch_metadata_describes_each_kind_of_request() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    let mut browser = Browser::new();
    browser.navigate(&target).await;
    browser.navigate(probe.with(APP, "/page", &[("link", &target), ("refresh", &target)])).await;
    browser.embed(Kind::Iframe, &target).await;
    browser.embed(Kind::Prefetch, &target).await;
    assert_eq!(browser.hops()[0].sent("sec-purpose"), Some("prefetch"));
    browser.fetch(Method::POST, &target, Some("x")).await;
    browser.follow_refresh().await;
    let said =
        |seen: Seen| [seen.site, seen.mode, seen.dest, seen.user].map(Option::unwrap_or_default).join(" ");
    let seen: Vec<_> = probe.seen().into_iter().map(said).collect();
    assert_eq!(
        seen,
        [
            "none navigate document ?1",
            "none navigate document ?1",
            "same-origin navigate iframe ",
            "same-origin no-cors empty ",
            "same-origin cors empty ",
            "same-origin navigate document ",
        ]
    );
}

#[tokio::test]
async fn form_action_blocks_forms_that_lead_elsewhere() {
    let probe = Probe::start().await;
    let (end, abroad) = (probe.at(APP, "/page/end"), probe.at(IDP, "/page/end"));
    let out = probe.with(APP, "/go", &[("to", &abroad)]);
    let on = probe.with(APP, "/page", &[("refresh", &abroad)]);
    let mut browser = Browser::new();
    for (csp, form, blocked, seen) in [
        ("", &out, None, &["/page", "/go", "/page/end"][..]),
        ("form-action 'self'", &out, Some(&abroad), &["/page", "/go"]),
        ("form-action 'self'", &abroad, Some(&abroad), &["/page"]),
        ("form-action 'none'", &end, Some(&end), &["/page"]),
        ("form-action 'self' http://localhost:*", &out, None, &["/page", "/go", "/page/end"]),
        ("form-action *, form-action 'self'", &out, Some(&abroad), &["/page", "/go"]),
        // A page that continues by itself is no longer the answer to the form.
        ("form-action 'self'", &on, None, &["/page", "/page", "/page/end"]),
    ] {
        let page = probe.with(APP, "/page", &[("post", form), ("csp", csp)]);
        browser.navigate(&page).await;
        browser.submit_through("post", &[]).await;
        assert_eq!(browser.blocked().map(Url::as_str), blocked.map(String::as_str), "{csp}, {form}");
        let paths: Vec<_> = probe.seen().into_iter().map(|seen| seen.path).collect();
        assert_eq!(paths, seen, "{csp}, {form}");
        assert_eq!(browser.page().url.as_str() == page, blocked.is_some(), "{csp}, {form}");
    }
}

#[tokio::test]
async fn a_post_sends_its_origin_unless_the_policy_or_a_detour_forbids_it() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    let here = probe.at(IDP, "");
    let keeps = [("to", &*target), ("status", "307")];
    let own_detour = probe.with(IDP, "/go", &keeps);
    let strange_detour = probe.with("other.localhost", "/go", &keeps);
    for (to, policy, expected) in [
        (&target, "strict-origin-when-cross-origin", &*here),
        (&target, "no-referrer", "null"),
        (&target, "same-origin", "null"),
        (&own_detour, "", "null"),
        (&strange_detour, "", "null"),
    ] {
        let mut browser = Browser::new();
        browser.navigate(probe.with(IDP, "/page", &[("post", to), ("policy", policy)])).await;
        browser.submit("post", &[("typed", "x")]).await;
        let last = probe.seen().pop().unwrap();
        assert_eq!((&*last.method, last.origin.as_deref()), ("POST", Some(expected)), "{to} {policy}");
    }
}

#[tokio::test]
async fn a_get_sends_an_origin_only_for_a_cross_origin_fetch() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    let mut browser = abroad(&probe, &[("link", &target), ("get", &target)]).await;
    browser.fetch(Method::GET, &target, None).await;
    assert_eq!(only(&probe).origin, Some(probe.at(IDP, "")));
    browser.fetch(Method::GET, "/page", None).await;
    assert_eq!(only(&probe).origin, None);
    browser.submit("get", &[]).await;
    assert_eq!(only(&probe).origin, None);
}

#[tokio::test]
async fn the_status_of_a_redirect_decides_method_and_body() {
    let probe = Probe::start().await;
    let target = probe.at(APP, "/page/target");
    for (status, method) in [("301", "GET"), ("302", "GET"), ("303", "GET"), ("307", "POST"), ("308", "POST")]
    {
        let detour = probe.with(APP, "/go", &[("to", &target), ("status", status)]);
        let mut browser = Browser::new();
        browser.navigate(probe.with(APP, "/page", &[("post", &detour)])).await;
        browser.submit("post", &[]).await;
        let last = browser.hops().last().unwrap();
        assert_eq!(last.method, method, "{status}");
        assert_eq!(last.sent("content-type").is_some(), method == "POST", "{status}");
    }
}

#[tokio::test]
async fn a_cookie_expires_at_its_time() {
    let probe = Probe::start().await;
    let app = probe.at(APP, "/page");
    let mut browser = Browser::new();
    for header in [
        "aged=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "dated=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
        "session=1",
        "gone=1",
        "gone=; Max-Age=0",
        "past=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT",
    ] {
        browser.set_cookie(&app, header);
    }
    let names = |browser: &Browser| browser.cookies(&app).into_iter().map(|c| c.name).collect::<Vec<_>>();
    assert_eq!(names(&browser), ["aged", "dated", "session"]);
    browser.advance(Duration::from_secs(60));
    assert_eq!(names(&browser), ["dated", "session"]);
    browser.restart();
    assert_eq!(names(&browser), ["dated"]);
    browser.advance(Duration::from_secs(400 * 24 * 60 * 60));
    assert_eq!(names(&browser), [""; 0], "no cookie is kept for longer than 400 days");
}

#[tokio::test]
async fn tabs_share_cookies_but_not_pages() {
    let probe = Probe::start().await;
    let mut first = Browser::new();
    let mut second = first.tab();
    first.navigate(probe.with(APP, "/page/first", &[("set", "a=1; Path=/")])).await;
    second.navigate(probe.at(APP, "/page/second")).await;
    assert_eq!(second.hops()[0].cookies_sent(), ["a"]);
    assert_eq!(first.page().url.path(), "/page/first");
}

#[tokio::test]
async fn a_form_sends_hidden_fields_as_written_and_others_as_given() {
    let probe = Probe::start().await;
    let mut browser = Browser::new();
    browser.navigate(probe.with(APP, "/page", &[("get", "/page/target?dropped=1")])).await;
    browser.submit("get", &[("typed", "ü ?")]).await;
    assert_eq!(browser.page().url.query(), Some("hidden=a%26b&typed=%C3%BC+%3F"));
}

#[tokio::test]
#[should_panic(expected = "the form has no field \"tipped\"")]
async fn filling_in_a_missing_field_panics() {
    let probe = Probe::start().await;
    let mut browser = Browser::new();
    browser.navigate(probe.with(APP, "/page", &[("get", "/page")])).await;
    browser.submit("get", &[("tipped", "x")]).await;
}

#[tokio::test]
#[should_panic(expected = "redirected without end")]
async fn a_redirect_loop_panics() {
    let probe = Probe::start().await;
    Browser::new().navigate(probe.at(APP, "/go")).await;
}

#[tokio::test]
#[should_panic(expected = "tests stay on loopback")]
async fn navigating_beyond_loopback_panics() {
    Browser::new().navigate("http://app.example/").await;
}
