//! Providers that are unreachable, go down in the middle of a login, and come back with other keys. The app runs the
//! whole time.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_sso::{
    login::LoginErrorKind::*,
    oidc::{PushedRequests, ResponseMode},
};

use crate::{
    browser::Browser,
    oidc_provider::{Account, OidcProvider},
    organization::Organization,
    running_app::{RunningApp, UnstartedApp, account, sign_in},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn count(requests: &[Value], path: &str) -> usize {
    requests.iter().filter(|it| it["path"] == path).count()
}

fn posted(name: &str) -> Organization {
    Organization::new(name).settings(|settings| settings.response_mode(ResponseMode::FormPost))
}

/// The app's clock is stopped while the provider's clock advances.
fn patient(organization: Organization) -> Organization {
    organization.settings(|settings| settings.leeway(Duration::from_secs(600)))
}

#[tokio::test]
async fn new_keys_are_fetched_once_for_all_waiting_logins() {
    const MANY: usize = 8;
    let crowd: Vec<_> = (0..MANY).map(|at| format!("user-{at}")).collect();
    let people: Vec<Account> =
        crowd.iter().map(String::as_str).chain(["ada", "late", "later"]).map(account).collect();
    let site = UnstartedApp::bind().await;
    let organizations = vec![patient(posted("acme"))];
    let clients = site.clients(&organizations);
    let provider = OidcProvider::start(&clients, &people, json!({})).await;
    let (port, app) = (provider.port(), site.open(organizations, provider.issuer()));
    app.clock.stop();
    let mut ada = Browser::new();
    app.log_in(&mut ada, "ada", "acme").await;
    app.accepted(&ada, "ada", "acme");
    provider.stop().await;

    // The provider is back with other keys. All users have signed in there before the first answer arrives, and all
    // tokens arrive before the keys do.
    let mut provider = OidcProvider::start_at(port, &clients, &people, json!({})).await;
    let mut browsers = Vec::new();
    for name in &crowd {
        let mut browser = Browser::new();
        app.begin(&mut browser, name, "acme").await;
        sign_in(&mut browser, name).await;
        browsers.push(browser);
    }
    provider.hold(Some("/jwks")).await;
    let answers = join_all(browsers.iter_mut().map(|browser| browser.submit("callback", &[])));
    let keys = async {
        let asked = provider.asked_for("/token", MANY).await;
        provider.hold(None).await;
        asked
    };
    let (_, mut asked) = tokio::join!(answers, keys);
    for (browser, name) in browsers.iter().zip(&crowd) {
        app.accepted(browser, name, "acme");
    }
    asked.extend(provider.requests().await);
    assert_eq!((count(&asked, "/token"), count(&asked, "/jwks")), (MANY, 1));
    assert_eq!(count(&asked, DISCOVERY), 0, "the metadata is still fresh");
    // A user who had already logged in with SSO stays logged in.
    ada.navigate(app.url("/acme/plans")).await;
    app.accepted(&ada, "ada", "acme");
    provider.stop().await;

    // The same again within 30 seconds: a token that names unknown keys does not make the app fetch the keys again and
    // again.
    let mut provider = OidcProvider::start_at(port, &clients, &people, json!({})).await;
    app.refuses("late", "acme", KeyUnknown).await;
    assert_eq!(count(&provider.requests().await, "/jwks"), 0);
    app.clock.advance(31);
    app.accepts("late", "acme").await;
    app.accepts("later", "acme").await;
    assert_eq!(count(&provider.requests().await, "/jwks"), 1);
}

#[tokio::test]
async fn members_log_in_after_the_provider_restarts_with_new_keys_under_old_kids() {
    let site = UnstartedApp::bind().await;
    let organizations = vec![patient(Organization::new("acme"))];
    let clients = site.clients(&organizations);
    let people = ["ada", "late", "later", "last"].map(account);
    let provider = OidcProvider::with_its_kids(None, &clients, &people).await;
    let (port, app) = (provider.port(), site.open(organizations, provider.issuer()));
    app.clock.stop();
    app.accepts("ada", "acme").await;
    provider.stop().await;

    let mut provider = OidcProvider::with_its_kids(port, &clients, &people).await;
    app.accepts("late", "acme").await;
    app.accepts("later", "acme").await;
    assert_eq!(count(&provider.requests().await, "/jwks"), 1);
    provider.stop().await;

    // The same again within 30 seconds: the keys are not fetched again so soon.
    let mut provider = OidcProvider::with_its_kids(port, &clients, &people).await;
    app.refuses("last", "acme", SignatureInvalid).await;
    assert_eq!(count(&provider.requests().await, "/jwks"), 0);
    app.clock.advance(31);
    app.accepts("last", "acme").await;
    assert_eq!(count(&provider.requests().await, "/jwks"), 1);
}

#[tokio::test]
async fn a_provider_that_was_down_at_start_up_is_found_later() {
    let site = UnstartedApp::bind().await;
    let organizations = vec![patient(Organization::new("acme"))];
    let clients = site.clients(&organizations);
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let app = site.open(organizations, &format!("http://localhost:{port}"));
    app.clock.stop();
    app.refuses("ada", "acme", ProviderUnreachable).await;
    let mut provider = OidcProvider::start_at(Some(port), &clients, &[account("ada")], json!({})).await;
    // The provider is not asked again for a few seconds.
    app.refuses("ada", "acme", ProviderUnreachable).await;
    assert_eq!(provider.requests().await, [Value::Null; 0]);
    app.clock.advance(5);
    app.accepts("ada", "acme").await;
}

#[tokio::test]
async fn a_provider_that_goes_down_at_any_step_ends_only_that_login() {
    let site = UnstartedApp::bind().await;
    let pushed =
        Organization::new("pushes").settings(|settings| settings.pushed_requests(PushedRequests::Always));
    let mut organizations: Vec<_> =
        ["discovers", "exchanges", "verifies", "asks"].map(Organization::new).into();
    organizations.extend([pushed, posted("waits")]);
    let (clients, people) = (site.clients(&organizations), [account("ada")]);
    let mut provider = OidcProvider::start(&clients, &people, json!({})).await;
    let (port, app) = (provider.port(), site.open(organizations, provider.issuer()));
    for (organization, path) in [
        ("discovers", DISCOVERY),
        ("pushes", "/request"),
        ("exchanges", "/token"),
        ("verifies", "/jwks"),
        ("asks", "/me"),
    ] {
        provider.requests().await;
        provider.hold(Some(path)).await;
        let mut browser = Browser::new();
        let dies = async {
            provider.asked_for(path, 1).await;
            provider.stop().await;
        };
        tokio::join!(app.log_in(&mut browser, "ada", organization), dies);
        app.refused(&mut browser, "ada", organization, ProviderUnreachable).await;
        provider = OidcProvider::start_at(port, &clients, &people, json!({})).await;
        comes_back(&app, organization).await;
    }
    // The provider goes down while its answer is on its way.
    let mut browser = Browser::new();
    app.begin(&mut browser, "ada", "waits").await;
    sign_in(&mut browser, "ada").await;
    provider.stop().await;
    browser.submit("callback", &[]).await;
    app.refused(&mut browser, "ada", "waits", ProviderUnreachable).await;
    let _provider = OidcProvider::start_at(port, &clients, &people, json!({})).await;
    comes_back(&app, "waits").await;
}

/// A user who tries again a little later logs in with SSO.
async fn comes_back(app: &RunningApp, organization: &str) {
    app.clock.advance(5);
    app.accepts("ada", organization).await;
}
