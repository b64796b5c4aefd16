//! A visitor without an account joins by a link: the login is bound to the browser, handed to the host, and completed
//! with the new account.

use axum::response::Response;
use http::request::Parts;
use serde_json::json;
use tower_sso::{
    login::LoginErrorKind::{
        self, ClaimRefused, ConnectionChanged, EmailDomainRefused, EmailNotOfAccount, JoinLinkUnknown,
        NewUserRefused, NotSignedIn, OtherCredential, OtherOrganization, RateLimited, RequestInvalid,
        Revoked, SubjectOfAnotherAccount, TicketExpired, TicketMissing, TicketUnknown, TicketUsed,
    },
    session::RevocationScope,
};
use tower_sso_test_idp::Lie;

use super::join::{HERE, by_saml, config, joins, link, open, press};
use crate::{
    support::text,
    test_app::{Actor, TestApp, email},
};

/// Returns a visitor who has no account at the host and is eve at the provider.
fn visitor() -> Actor {
    Actor { email: email("eve"), ..Actor::nobody() }
}

/// Returns the account that the host made for the visitor, signed in.
pub fn zoe(app: &TestApp) -> Actor {
    app.host.state.emails.lock().unwrap().insert("zoe".into(), vec![email("eve")]);
    Actor { email: email("eve"), ..app.actor("zoe") }
}

/// Returns the cookies that a response sets: the pair and the attributes of each.
fn cookies<B>(response: &http::Response<B>) -> Vec<(String, String)> {
    let set = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.map(|value| value.split_once("; ").unwrap()).map(|(pair, rest)| (pair.into(), rest.into())).collect()
}

/// Opens an address with a cookie.
pub async fn go(app: &TestApp, who: &Actor, address: &str, cookie: &str) -> Response {
    let headers = [("cookie", cookie), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    app.send(app.request(who, "GET", address, &headers)).await
}

/// Follows a link as far as the ticket and returns the address to finish at and the browser's cookie.
pub async fn received(app: &TestApp, link: &str) -> (String, String) {
    let begun = press(app, &visitor(), link).await;
    let cookie = cookies(&begun).remove(0).0;
    let authorize = app.to_provider(begun).await;
    let callback = app.signed_in(&visitor(), "1", &authorize).await;
    (app.location(app.visit(&visitor(), &callback).await).await, cookie)
}

/// Continues until the host takes over and returns the address of the claim and the browser's new cookie.
pub async fn handed(app: &TestApp, link: &str) -> (String, String) {
    let (finish, cookie) = received(app, link).await;
    let handed = go(app, &visitor(), &finish, &cookie).await;
    let cookie = cookies(&handed).remove(0).0;
    let page = app.location(handed).await;
    let new_user = app.host.state.new_users.lock().unwrap().last().cloned().unwrap();
    assert_eq!(page, app.url(&format!("/register?ticket={}", new_user.ticket().expose())));
    (new_user.continue_url().expose().clone(), cookie)
}

/// Asserts that a visitor is refused an account.
pub async fn is_refused_an_account(app: &TestApp, link: &str) {
    let (finish, cookie) = received(app, link).await;
    app.refused(go(app, &visitor(), &finish, &cookie).await, NewUserRefused).await;
}

/// Takes the claim with an account, and asserts that it worked.
async fn claims(app: &TestApp, who: &Actor, claim: &str, cookie: &str) {
    let claimed = go(app, who, claim, cookie).await;
    let (gone, rest) = cookies(&claimed).remove(0);
    assert_eq!(gone, format!("{}=", cookie.split_once('=').unwrap().0));
    assert!(rest.contains("Max-Age=0"), "{rest}");
    assert_eq!(app.location(claimed).await, app.url(HERE));
    app.count_finished();
}

/// Returns the request with which the host's page asks for the new user.
fn asks(app: &TestApp, cookie: &str) -> Parts {
    app.request(&Actor::nobody(), "GET", "/register", &[("cookie", cookie)]).into_parts().0
}

#[tokio::test]
async fn a_visitor_gets_an_account_and_becomes_a_member_with_either_protocol() {
    for config in [config(), by_saml()] {
        let app = TestApp::of(config).await;
        let link = link(&app).await;
        let page = open(&app, &visitor(), &link).await;
        assert!(cookies(&page).is_empty(), "no login has begun yet");
        let page = text(page).await;
        for part in ["Join Acme", "localhost", "/login?next=%2Fsso%2F1%2Fjoin%3Flink%3D"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let begun = press(&app, &visitor(), &link).await;
        let set = cookies(&begun);
        assert_eq!(set.len(), 1);
        assert!(set[0].0.starts_with("sso_join_") && set[0].0.len() > 60, "{set:?}");
        assert_eq!(set[0].1, "HttpOnly; SameSite=Lax; Path=/; Max-Age=600");
        app.actions();

        let (claim, cookie) = handed(&app, &link).await;
        let new_user = app.sso.new_user(&asks(&app, &cookie), ticket(&claim)).await.unwrap();
        assert_eq!((new_user.organization().as_str(), new_user.email()), ("1", "eve@acme.example"));
        assert_eq!(new_user.identity().profile().attributes()["preferred_username"], "eve");
        assert_eq!(new_user.continue_url().expose(), &claim);
        assert!(app.host.state.joined.lock().unwrap().is_empty(), "nobody is a member yet");
        let zoe = zoe(&app);
        claims(&app, &zoe, &claim, &cookie).await;
        assert!(app.is_logged_in(&zoe, "1").await);
        let expected = [
            "login.begun",
            "login.received",
            "newcomer.handed_over",
            "link.created",
            "member.joined",
            "login.finished",
        ];
        assert_eq!(app.actions(), expected);
        let told = app.host.state.joined.lock().unwrap().clone();
        assert_eq!(
            (told.len(), told[0].account.as_str(), told[0].email.as_str()),
            (1, "zoe", "eve@acme.example")
        );
    }
}

/// Returns the ticket in an address.
fn ticket(address: &str) -> &str {
    address.split_once("ticket=").unwrap().1
}

#[tokio::test]
async fn only_the_browser_that_began_a_join_is_handed_over() {
    for config in [config(), by_saml()] {
        let app = TestApp::of(config).await;
        let link = link(&app).await;
        let (_, others) = received(&app, &link).await;
        // A victim who is made to open the end of an attacker's SSO login has no cookie for it, or has only their own.
        let (finish, cookie) = received(&app, &link).await;
        app.refused(app.visit(&visitor(), &finish).await, OtherCredential).await;
        app.refused(go(&app, &visitor(), &finish, &cookie).await, TicketUsed).await;
        let name = |cookie: &str| cookie.split_once('=').unwrap().0.to_owned();
        for wrong in [
            |_: &str, others: &str| others.to_owned(),
            |cookie: &str, _: &str| format!("{cookie}x"),
            |cookie: &str, _: &str| format!("{cookie}; {cookie}"),
        ] {
            let (finish, cookie) = received(&app, &link).await;
            app.refused(go(&app, &visitor(), &finish, &wrong(&cookie, &others)).await, OtherCredential).await;
        }
        let (finish, cookie) = received(&app, &link).await;
        let swapped = format!("{}={}", name(&cookie), others.split_once('=').unwrap().1);
        app.refused(go(&app, &visitor(), &finish, &swapped).await, OtherCredential).await;
        assert!(app.host.state.new_users.lock().unwrap().is_empty());
        // Two tabs do not take each other's login.
        let ((one, first), (two, second)) = (received(&app, &link).await, received(&app, &link).await);
        let both = format!("{first}; {second}");
        for finish in [two, one] {
            assert_eq!(go(&app, &visitor(), &finish, &both).await.status(), 303);
        }
        assert_eq!(app.host.state.new_users.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_visitor_who_signed_in_meanwhile_is_not_handed_over() {
    let app = TestApp::of(config()).await;
    let link = link(&app).await;
    for account in ["ada", "mallory"] {
        let (finish, cookie) = received(&app, &link).await;
        app.refused(go(&app, &app.actor(account), &finish, &cookie).await, OtherCredential).await;
        app.refused(go(&app, &visitor(), &finish, &cookie).await, TicketUsed).await;
    }
    let (finish, cookie) = received(&app, &link).await;
    assert_eq!(go(&app, &visitor(), &finish, &cookie).await.status(), 303);
}

#[tokio::test]
async fn a_visitors_login_finishes_once_and_within_ten_minutes() {
    let app = TestApp::of(config()).await;
    let link = link(&app).await;
    let (finish, cookie) = received(&app, &link).await;
    assert_eq!(go(&app, &visitor(), &finish, &cookie).await.status(), 303);
    app.refused(go(&app, &visitor(), &finish, &cookie).await, TicketUsed).await;
    let late = async |seconds: u64| {
        let begun = press(&app, &visitor(), &link).await;
        let cookie = cookies(&begun).remove(0).0;
        let authorize = app.to_provider(begun).await;
        app.clock.seconds(9 * 60);
        let callback = app.signed_in(&visitor(), "1", &authorize).await;
        let finish = app.location(app.visit(&visitor(), &callback).await).await;
        app.clock.seconds(seconds);
        go(&app, &visitor(), &finish, &cookie).await
    };
    app.refused(late(60).await, TicketExpired).await;
    assert_eq!(late(59).await.status(), 303);
    let address = app.url("/sso/1/join/finish");
    app.refused(go(&app, &visitor(), &address, "").await, TicketMissing).await;
}

#[tokio::test]
async fn tickets_of_visitors_members_and_sign_ups_are_not_interchangeable() {
    let app = TestApp::of(config()).await;
    let (link, ada) = (link(&app).await, app.actor("ada"));
    let (finish, cookie) = received(&app, &link).await;
    let at = |page: &str, address: &str| app.url(&format!("/sso/1/{page}?ticket={}", ticket(address)));
    app.refused(go(&app, &ada, &at("finish", &finish), &cookie).await, TicketUnknown).await;
    app.refused(go(&app, &ada, &at("join/claim", &finish), &cookie).await, TicketUnknown).await;
    let members = app.received(&ada, "1").await;
    app.refused(go(&app, &visitor(), &at("join/finish", &members), &cookie).await, TicketUnknown).await;
    app.refused(go(&app, &ada, &at("join/claim", &members), &cookie).await, TicketUnknown).await;
    app.finishes(&ada, &members).await;
    let (claim, cookie) = handed(&app, &link).await;
    app.refused(go(&app, &visitor(), &at("join/finish", &claim), &cookie).await, TicketUnknown).await;
    app.refused(go(&app, &ada, &at("finish", &claim), &cookie).await, TicketUnknown).await;
    claims(&app, &zoe(&app), &claim, &cookie).await;
}

#[tokio::test]
async fn a_sign_up_ticket_is_taken_once_in_its_browser_within_ten_minutes() {
    let app = TestApp::of(config()).await;
    let (link, zoe) = (link(&app).await, zoe(&app));
    let (_, others) = handed(&app, &link).await;
    for wrong in ["", others.as_str()] {
        let (claim, cookie) = handed(&app, &link).await;
        app.refused(go(&app, &zoe, &claim, wrong).await, OtherCredential).await;
        app.refused(go(&app, &zoe, &claim, &cookie).await, TicketUsed).await;
    }
    // The cookie of the beginning is not valid for the claim.
    let (finish, first) = received(&app, &link).await;
    let handed_over = go(&app, &visitor(), &finish, &first).await;
    let removed = cookies(&handed_over).remove(1);
    assert_eq!(removed.0, format!("{}=", first.split_once('=').unwrap().0));
    let claim = app.host.state.new_users.lock().unwrap().last().unwrap().continue_url().expose().clone();
    app.refused(go(&app, &zoe, &claim, &first).await, OtherCredential).await;
    let (claim, cookie) = handed(&app, &link).await;
    app.clock.seconds(600);
    app.refused(go(&app, &zoe, &claim, &cookie).await, TicketExpired).await;
    let (claim, cookie) = handed(&app, &link).await;
    app.refused(go(&app, &zoe.by_token(), &claim, &cookie).await, RequestInvalid).await;
    app.clock.seconds(599);
    claims(&app, &zoe, &claim, &cookie).await;
    app.refused(go(&app, &zoe, &claim, &cookie).await, TicketUsed).await;
}

#[tokio::test]
async fn a_sign_up_ticket_waits_until_the_new_account_signs_in() {
    let app = TestApp::of(config()).await;
    let (claim, cookie) = handed(&app, &link(&app).await).await;
    let sign_in = app.location(go(&app, &visitor(), &claim, &cookie).await).await;
    assert!(sign_in.starts_with(&app.url("/login?next=%2Fsso%2F1%2Fjoin%2Fclaim%3Fticket%3D")), "{sign_in}");
    *app.host.state.without_sign_in.lock().unwrap() = true;
    app.refused(go(&app, &visitor(), &claim, &cookie).await, NotSignedIn).await;
    claims(&app, &zoe(&app), &claim, &cookie).await;
}

#[tokio::test]
async fn a_sign_up_ticket_is_refused_for_an_account_without_its_address() {
    let app = TestApp::of(config()).await;
    let link = link(&app).await;
    let (claim, cookie) = handed(&app, &link).await;
    app.refused(go(&app, &app.actor("mallory"), &claim, &cookie).await, EmailNotOfAccount).await;
    assert!(app.host.state.joined.lock().unwrap().is_empty());
    let (claim, cookie) = handed(&app, &link).await;
    claims(&app, &zoe(&app), &claim, &cookie).await;
    // A second account is not linked to the same user of the provider.
    let (claim, cookie) = handed(&app, &link).await;
    app.refused(go(&app, &app.actor("eve"), &claim, &cookie).await, SubjectOfAnotherAccount).await;
    assert_eq!(app.host.state.joined.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn every_revocation_that_ends_a_login_ends_a_visitors_login() {
    let app = TestApp::of(config()).await;
    let zoe = zoe(&app);
    let refused = async |address: &str, cookie: &str, who: &Actor, kind: LoginErrorKind| {
        app.refused(go(&app, who, address, cookie).await, kind).await;
        app.clock.seconds(1);
    };
    let first = link(&app).await;
    let ((finish, began), (claim, cookie)) = (received(&app, &first).await, handed(&app, &first).await);
    let id = app.sso.join_links(&"1".into()).await.unwrap().remove(0).id;
    app.sso.revoke_join_link(&"1".into(), &"ada".into(), &id).await.unwrap();
    refused(&finish, &began, &visitor(), JoinLinkUnknown).await;
    refused(&claim, &cookie, &zoe, JoinLinkUnknown).await;
    let link = link(&app).await;
    let ((finish, began), (claim, cookie)) = (received(&app, &link).await, handed(&app, &link).await);
    app.change(app.connection().domains(["acme.example", "other.example"]));
    refused(&finish, &began, &visitor(), ConnectionChanged).await;
    refused(&claim, &cookie, &zoe, ConnectionChanged).await;
    app.change(app.connection());
    // Ending all sessions of the organization also covers logins in progress, however long the host took.
    let (claim, cookie) = handed(&app, &link).await;
    app.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    app.clock.seconds(599);
    app.log_in(&app.actor("ada"), "1").await;
    refused(&claim, &cookie, &zoe, Revoked).await;
    let (finish, began) = received(&app, &link).await;
    refused(&finish.replace("/sso/1/", "/sso/2/"), &began, &visitor(), OtherOrganization).await;
    let (claim, cookie) = handed(&app, &link).await;
    refused(&claim.replace("/sso/1/", "/sso/2/"), &cookie, &zoe, OtherOrganization).await;
    assert!(app.host.state.joined.lock().unwrap().is_empty());
    let (claim, cookie) = handed(&app, &link).await;
    claims(&app, &zoe, &claim, &cookie).await;
}

#[tokio::test]
async fn a_visitor_off_the_domain_list_is_not_handed_over() {
    let app = TestApp::of(config()).await;
    let link = link(&app).await;
    app.change(app.connection().domains(["other.example"]));
    let (finish, cookie) = received(&app, &link).await;
    app.refused(go(&app, &visitor(), &finish, &cookie).await, EmailDomainRefused).await;
    assert!(app.host.state.new_users.lock().unwrap().is_empty());
    app.change(app.connection());
    handed(&app, &link).await;
}

#[tokio::test]
async fn a_visitor_without_a_required_claim_is_not_handed_over() {
    let app = TestApp::of(config()).await;
    app.change(app.connection().required_claim("hd", ["acme.example"]));
    let says = |hd: &str| {
        app.acme.honest();
        app.acme.lie(Lie::UserClaim { name: "hd".to_owned(), value: Some(json!(hd)) });
    };
    let link = link(&app).await;
    says("evil.example");
    let (finish, cookie) = received(&app, &link).await;
    app.refused(go(&app, &visitor(), &finish, &cookie).await, ClaimRefused).await;
    assert!(app.host.state.new_users.lock().unwrap().is_empty());
    says("acme.example");
    handed(&app, &link).await;
}

#[tokio::test]
pub async fn a_visitor_whom_the_app_refuses_is_not_handed_over() {
    let app = TestApp::of(config()).await;
    let link = link(&app).await;
    *app.host.state.closed.lock().unwrap() = true;
    let (finish, cookie) = received(&app, &link).await;
    let page = app.refused(go(&app, &visitor(), &finish, &cookie).await, NewUserRefused).await;
    assert!(!page.contains("/sso/1/start"), "{page}");
    *app.host.state.closed.lock().unwrap() = false;
    handed(&app, &link).await;
}

#[tokio::test]
async fn the_sign_up_page_reads_the_new_user_only_in_their_browser() {
    let app = TestApp::of(config()).await;
    let link = link(&app).await;
    let (claim, cookie) = handed(&app, &link).await;
    let asked = async |cookie: &str, ticket: &str| {
        app.sso.new_user(&asks(&app, cookie), ticket).await.map_err(|error| error.kind())
    };
    // The page may ask as often as it likes.
    for _ in 0..3 {
        assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap().email(), "eve@acme.example");
    }
    assert_eq!(asked(&cookie, "x").await.unwrap_err(), TicketUnknown);
    claims(&app, &zoe(&app), &claim, &cookie).await;
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), TicketUsed);
    // A visitor who was sent the address of another visitor's page can't register anybody.
    let (claim, cookie) = handed(&app, &link).await;
    assert_eq!(asked("", ticket(&claim)).await.unwrap_err(), OtherCredential);
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), TicketUsed);
    // Reading the new user does not prolong the ticket.
    let (claim, cookie) = handed(&app, &link).await;
    app.clock.seconds(599);
    assert!(asked(&cookie, ticket(&claim)).await.is_ok());
    app.clock.seconds(1);
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), TicketExpired);
    // The ticket does not outlive the link.
    let (claim, cookie) = handed(&app, &link).await;
    let id = app.sso.join_links(&"1".into()).await.unwrap().remove(0).id;
    assert!(app.sso.revoke_join_link(&"1".into(), &"ada".into(), &id).await.unwrap());
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), JoinLinkUnknown);
}

#[tokio::test]
async fn visitors_who_begin_too_often_are_rate_limited_and_others_are_not() {
    let app = TestApp::of(config()).await;
    let (first, second) = (link(&app).await, link(&app).await);
    for _ in 0..60 {
        assert_eq!(press(&app, &visitor(), &first).await.status(), 200);
    }
    app.refused(press(&app, &visitor(), &first).await, RateLimited).await;
    assert_eq!(press(&app, &visitor(), &second).await.status(), 200);
    joins(&app, &app.actor("mallory"), &first).await;
    app.clock.seconds(1);
    assert_eq!(press(&app, &visitor(), &first).await.status(), 200);
}
