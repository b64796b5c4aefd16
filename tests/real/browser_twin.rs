//! The test browser next to Chromium: both walk the same way over the same site, and the site must see the same
//! requests.

use axum::http::Method;

use crate::{
    browser::{
        Browser, Credentials, Kind,
        probe::{Probe, Seen},
    },
    chromium::{Chromium, Step},
};

const APP: &str = "127.0.0.1";
const IDP: &str = "localhost";

/// One step of a walk.
#[derive(Debug, Clone)]
enum Act {
    Type(String),
    /// Clicks the page's link.
    Click,
    /// Sends the page's form with this ID.
    Send(&'static str),
    /// The same, but the page's policy blocks the form, and the page stays.
    Blocked(&'static str),
    Refresh,
    Fetch(Credentials, &'static str, String),
    Embed(Kind, String),
}

async fn walk(acts: &[Act]) {
    let mut browser = Browser::new();
    for act in acts {
        match act {
            Act::Type(url) => drop(browser.navigate(url).await),
            Act::Click => drop(browser.click("link").await),
            Act::Send(form) => {
                browser.submit(form, &[]).await;
                assert_eq!(browser.blocked(), None, "{acts:?}");
            }
            Act::Blocked(form) => {
                browser.submit(form, &[]).await;
                assert!(browser.blocked().is_some(), "{acts:?}");
            }
            Act::Refresh => drop(browser.follow_refresh().await),
            Act::Fetch(credentials, method, url) => {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let body = (method == Method::POST).then_some("x");
                browser.fetch_with(*credentials, method, url, &[], body).await;
            }
            Act::Embed(kind, url) => drop(browser.embed(*kind, url).await),
        }
    }
}

fn script(act: &Act) -> Vec<Step> {
    match act {
        Act::Type(url) => vec![Step::Goto(url.clone())],
        Act::Click => vec![Step::Click("#link"), settled()],
        Act::Send(form) => vec![Step::Click(button(form)), settled()],
        Act::Blocked(form) => vec![
            Step::Evaluate(
                "window.blocked = new Promise((done) =>
                 document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective))); 0"
                    .to_owned(),
            ),
            // A click would wait for the navigation to begin.
            Step::Evaluate(format!("document.querySelector('{}').focus()", button(form))),
            Step::Press("Enter"),
            // Waits for the violation event. Without one, the step times out and fails.
            Step::Evaluate(
                "window.blocked.then((by) => { if (by !== 'form-action') throw new Error(by); })".to_owned(),
            ),
        ],
        // The page continues by itself.
        Act::Refresh => vec![Step::WaitForUrl("/page/end".to_owned()), settled()],
        Act::Fetch(credentials, method, url) => {
            let credentials = match credentials {
                Credentials::Omit => "omit",
                Credentials::SameOrigin => "same-origin",
                Credentials::Include => "include",
            };
            let body = if *method == "POST" { "'x'" } else { "undefined" };
            let options = format!("{{method: '{method}', credentials: '{credentials}', body: {body}}}");
            vec![Step::Evaluate(format!("fetch('{url}', {options}).then(() => 0, () => 0)"))]
        }
        Act::Embed(kind, url) => {
            let element = match kind {
                Kind::Iframe => "iframe",
                Kind::Image => "img",
                Kind::Script => "script",
                Kind::Document | Kind::Prefetch | Kind::Fetch(_) => panic!("{kind:?} has no element here"),
            };
            vec![Step::Evaluate(format!(
                "new Promise((done) => {{ const e = document.createElement('{element}'); e.onload = e.onerror = () => done(0);
                 e.src = '{url}'; document.body.append(e); }})"
            ))]
        }
    }
}

fn button(form: &str) -> &'static str {
    if form == "post" { "#post button" } else { "#get button" }
}

fn settled() -> Step {
    Step::WaitForText("Probe")
}

struct Walk {
    name: &'static str,
    acts: Vec<Act>,
}

#[tokio::test]
async fn chromium_behaves_like_the_test_browser() {
    let probe = Probe::start().await;
    let mut differences = Vec::new();
    let mut compared = 0;
    let mut chromium = Chromium::start().await;
    for Walk { name, acts } in walks(&probe) {
        walk(&acts).await;
        let ours = comparable(probe.seen());
        let fresh = [Step::Goto("about:blank".to_owned()), Step::DeleteCookies(true)];
        let steps: Vec<Step> = fresh.into_iter().chain(acts.iter().flat_map(script)).collect();
        chromium.run(&steps).await;
        let theirs = comparable(probe.seen());
        compared += theirs.len();
        if ours != theirs {
            differences.push(difference(name, &ours, &theirs));
        }
    }
    chromium.close().await;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= 60, "only {compared} requests were compared");
}

/// Removes what this Chromium adds to the rules. It blocks third-party cookies even with `SameSite=None` (the test
/// browser sends them, which is harder for the app), and it takes a driven script for a user who opens a frame.
fn comparable(mut seen: Vec<Seen>) -> Vec<Seen> {
    for seen in &mut seen {
        if seen.dest.as_deref() != Some("document") {
            seen.user = None;
            if seen.site.as_deref() == Some("cross-site") {
                seen.cookies.retain(|cookie| cookie != "none=1");
            }
        }
    }
    seen
}

fn difference(name: &str, ours: &[Seen], theirs: &[Seen]) -> String {
    let longest = ours.len().max(theirs.len());
    let rows = (0..longest).filter(|&i| ours.get(i) != theirs.get(i));
    let rows: Vec<_> =
        rows.map(|i| format!("  ours:     {:?}\n  chromium: {:?}", ours.get(i), theirs.get(i))).collect();
    format!("{name}:\n{}", rows.join("\n"))
}

fn walks(probe: &Probe) -> Vec<Walk> {
    let cookies = [
        ("set", "strict=1; Path=/; SameSite=Strict"),
        ("set", "lax=1; Path=/; SameSite=Lax"),
        ("set", "none=1; Path=/; SameSite=None; Secure"),
        ("set", "silent=1; Path=/"),
        ("set", "__Host-good=1; Path=/; Secure; SameSite=Lax"),
        ("set", "__Host-insecure=1; Path=/"),
        ("set", "__Host-pathless=1; Secure"),
        ("set", "__Secure-good=1; Secure; Path=/"),
        ("set", "__Secure-bad=1; Path=/"),
        ("set", "insecurenone=1; SameSite=None; Path=/"),
        ("set", "below=1; Path=/page/below"),
        ("set", "dead=1; Path=/; Max-Age=0"),
        ("set", "alive=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ("set", "self=1; Path=/; Domain=127.0.0.1"),
        ("set", "strange=1; Path=/; Domain=localhost"),
    ];
    let end = probe.at(APP, "/page/end");
    let settle = Act::Type(probe.with(APP, "/page", &cookies));
    let visit = |host: &str, parameters: &[(&str, &str)]| Act::Type(probe.with(host, "/page", parameters));
    let go = |host: &str, status: &str, to: &str| probe.with(host, "/go", &[("to", to), ("status", status)]);
    let walk = |name, acts: Vec<Act>| Walk { name, acts: [vec![settle.clone()], acts].concat() };
    let there_and_back = go(IDP, "303", &end);
    let twice = go(APP, "303", &there_and_back);
    let names = [
        ("set", "wide=1; Path=/; Domain=hub.localhost"),
        ("set", "narrow=1; Path=/"),
        ("set", "dot=1; Path=/; Domain=.hub.localhost"),
        ("set", "top=1; Path=/; Domain=localhost"),
        ("set", "other=1; Path=/; Domain=else.localhost"),
    ];
    let mut walks = vec![
        walk("typed", vec![Act::Type(end.clone()), Act::Type(probe.at(APP, "/page/below/x"))]),
        walk("a link from abroad", vec![visit(IDP, &[("link", &end)]), Act::Click]),
        walk("a form from abroad", vec![visit(IDP, &[("post", &end)]), Act::Send("post")]),
        walk("a search from abroad", vec![visit(IDP, &[("get", &end)]), Act::Send("get")]),
        walk("a refresh from abroad", vec![visit(IDP, &[("refresh", &end)]), Act::Refresh]),
        walk("a typed trip abroad and back", vec![Act::Type(there_and_back.clone())]),
        walk("a link abroad and back", vec![visit(APP, &[("link", &there_and_back)]), Act::Click]),
        walk("a link home, abroad and back", vec![visit(APP, &[("link", &twice)]), Act::Click]),
        walk(
            "a form there that comes back",
            vec![visit(IDP, &[("post", &there_and_back)]), Act::Send("post")],
        ),
        walk(
            "names",
            vec![
                Act::Type(probe.with("hub.localhost", "/page", &names)),
                Act::Type(probe.at("acme.hub.localhost", "/page/end")),
                Act::Type(probe.with(
                    "hub.localhost",
                    "/page",
                    &[("link", &probe.at("acme.hub.localhost", "/page/end"))],
                )),
                Act::Click,
            ],
        ),
        walk(
            "fetches",
            [APP, IDP]
                .into_iter()
                .flat_map(|host| {
                    let fetch = |credentials, method| Act::Fetch(credentials, method, end.clone());
                    vec![
                        visit(host, &[("policy", "no-referrer")]),
                        fetch(Credentials::Include, "GET"),
                        fetch(Credentials::Include, "POST"),
                        fetch(Credentials::SameOrigin, "GET"),
                        fetch(Credentials::Omit, "GET"),
                    ]
                })
                .collect(),
        ),
        walk(
            "a redirected fetch",
            vec![visit(IDP, &[]), Act::Fetch(Credentials::Include, "POST", go(IDP, "307", &end))],
        ),
        walk(
            "what pages hold",
            [APP, IDP]
                .into_iter()
                .flat_map(|host| {
                    let embed = |kind| Act::Embed(kind, end.clone());
                    vec![visit(host, &[]), embed(Kind::Iframe), embed(Kind::Image), embed(Kind::Script)]
                })
                .collect(),
        ),
    ];
    walks.extend(policies(probe, &walk));
    for (name, policy) in [("no-referrer", "no-referrer"), ("same-origin", "same-origin"), ("default", "")] {
        for host in [APP, IDP] {
            walks.push(walk(
                name,
                vec![visit(host, &[("post", &end), ("policy", policy)]), Act::Send("post")],
            ));
        }
    }
    for status in ["301", "302", "307", "308"] {
        for through in [APP, IDP, "third.localhost"] {
            let to = go(through, status, &end);
            walks.push(walk("a redirected form", vec![visit(IDP, &[("post", &to)]), Act::Send("post")]));
        }
    }
    walks
}

/// Forms on a page whose policy says where they may lead.
fn policies(probe: &Probe, walk: &dyn Fn(&'static str, Vec<Act>) -> Walk) -> Vec<Walk> {
    let (end, abroad) = (probe.at(APP, "/page/end"), probe.at(IDP, "/page/end"));
    let go = |host: &str, to: &str| probe.with(host, "/go", &[("to", to)]);
    let [port] = [probe.at(IDP, "")].map(|at| at.rsplit_once(':').unwrap().1.to_owned());
    let here = |form: &'static str, to: &str, csp: &str| {
        Act::Type(probe.with(APP, "/page", &[(form, to), ("csp", csp)]))
    };
    // Checks that the page is still open.
    let stays = || Act::Fetch(Credentials::SameOrigin, "GET", end.clone());
    let (out, back) = (go(APP, &abroad), go(APP, &go(IDP, &end)));
    let on = probe.with(APP, "/page", &[("refresh", &abroad)]);
    let own = "form-action 'self'";
    let mut walks = vec![
        walk(
            "a page after a form that leads on abroad",
            vec![
                here("post", &on, own),
                Act::Send("post"),
                // The page leads to `/page/end` by itself.
                Act::Refresh,
            ],
        ),
        walk("a redirect home after a form", vec![here("post", &go(APP, &end), own), Act::Send("post")]),
        walk(
            "a form of a page whose policy is about something else",
            vec![here("post", &out, "default-src 'self'; style-src 'none'"), Act::Send("post")],
        ),
    ];
    for form in ["post", "get"] {
        for (name, to) in [
            ("a form that leads abroad", &abroad),
            ("a form that is sent on abroad", &out),
            ("a form that is sent on abroad and back", &back),
        ] {
            // A form with method `get` replaces the query of its address.
            if form == "post" || !to.contains('?') {
                walks.push(walk(name, vec![here(form, to, own), Act::Blocked(form), stays()]));
            }
        }
    }
    for (csp, allowed) in [
        ("form-action 'none'".to_owned(), false),
        ("form-action".to_owned(), false),
        ("form-action *".to_owned(), true),
        ("form-action http:".to_owned(), true),
        ("form-action https:".to_owned(), false),
        ("FORM-ACTION 'self' localhost:*".to_owned(), true),
        (format!("form-action 'self' http://localhost:{port}"), true),
        (format!("form-action 'self' http://localhost:{port}/elsewhere"), true),
        ("form-action 'self' http://localhost".to_owned(), false),
        ("form-action 'self' http://third.localhost:*".to_owned(), false),
        ("form-action 'self' http://*.localhost:*".to_owned(), false),
        ("form-action 'self'; form-action *".to_owned(), false),
        ("form-action 'self', form-action *".to_owned(), false),
        ("form-action *, default-src 'self'".to_owned(), true),
    ] {
        let act = if allowed { Act::Send("post") } else { Act::Blocked("post") };
        walks.push(walk("a form that is sent on, and a policy", vec![here("post", &out, &csp), act]));
    }
    let elsewhere = format!("form-action http://localhost:{port}/elsewhere");
    walks.push(walk(
        "a path that no redirect led to",
        vec![here("post", &abroad, &elsewhere), Act::Blocked("post")],
    ));
    walks
}
