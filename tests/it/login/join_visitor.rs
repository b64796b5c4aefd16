//! Joining by a link without an account: tied to the browser, handed to the host, then let in with the new account.

use axum::response::Response;
use http::request::Parts;
use serde_json::json;
use tower_sso::{
    login::LoginErrorKind::{
        self, ClaimRefused, ConnectionChanged, EmailDomainRefused, EmailNotOfAccount, JoinLinkUnknown,
        NewcomerRefused, NotSignedIn, OtherCredential, OtherOrganization, RateLimited, RequestInvalid,
        Revoked, SubjectOfAnotherAccount, TicketExpired, TicketMissing, TicketUnknown, TicketUsed,
    },
    session::RevocationScope,
};
use tower_sso_test_idp::Lie;

use super::join::{HERE, by_saml, joins, link, open, plan, press};
use crate::{
    scene::{TestApp, Who, email},
    support::text,
};

/// Nobody at the host, and eve at the provider.
fn visitor() -> Who {
    Who { email: email("eve"), ..Who::nobody() }
}

/// The account that the host made them, signed in.
pub fn zoe(scene: &TestApp) -> Who {
    scene.host.0.emails.lock().unwrap().insert("zoe".into(), vec![email("eve")]);
    Who { email: email("eve"), ..scene.who("zoe") }
}

/// The cookies that a response sets: of each the pair, and what is said about it.
fn cookies<B>(response: &http::Response<B>) -> Vec<(String, String)> {
    let set = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.map(|value| value.split_once("; ").unwrap()).map(|(pair, rest)| (pair.into(), rest.into())).collect()
}

/// Goes to an address with a cookie.
pub async fn go(scene: &TestApp, who: &Who, address: &str, cookie: &str) -> Response {
    let headers = [("cookie", cookie), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    scene.send(scene.request(who, "GET", address, &headers)).await
}

/// Goes by a link as far as the ticket: the address to finish at, and the browser's cookie.
pub async fn received(scene: &TestApp, link: &str) -> (String, String) {
    let begun = press(scene, &visitor(), link).await;
    let cookie = cookies(&begun).remove(0).0;
    let authorize = scene.to_provider(begun).await;
    let callback = scene.signed_in(&visitor(), "1", &authorize).await;
    (scene.location(scene.visit(&visitor(), &callback).await).await, cookie)
}

/// As far as the host: the address of the claim, and the browser's new cookie.
pub async fn handed(scene: &TestApp, link: &str) -> (String, String) {
    let (finish, cookie) = received(scene, link).await;
    let handed = go(scene, &visitor(), &finish, &cookie).await;
    let cookie = cookies(&handed).remove(0).0;
    let page = scene.location(handed).await;
    let new_user = scene.host.0.new_users.lock().unwrap().last().cloned().unwrap();
    assert_eq!(page, scene.url(&format!("/register?ticket={}", new_user.ticket().expose())));
    (new_user.claim().expose().clone(), cookie)
}

/// Whom the host was last told of.
/// Asserts that a visitor without an account is refused one.
pub async fn is_refused_an_account(scene: &TestApp, link: &str) {
    let (finish, cookie) = received(scene, link).await;
    scene.refused(go(scene, &visitor(), &finish, &cookie).await, NewcomerRefused).await;
}

/// Takes the claim with an account, and asserts that it worked.
async fn claims(scene: &TestApp, who: &Who, claim: &str, cookie: &str) {
    let claimed = go(scene, who, claim, cookie).await;
    let (gone, rest) = cookies(&claimed).remove(0);
    assert_eq!(gone, format!("{}=", cookie.split_once('=').unwrap().0));
    assert!(rest.contains("Max-Age=0"), "{rest}");
    assert_eq!(scene.location(claimed).await, scene.url(HERE));
    scene.count_finished();
}

/// What the host's page asks with.
fn asks(scene: &TestApp, cookie: &str) -> Parts {
    scene.request(&Who::nobody(), "GET", "/register", &[("cookie", cookie)]).into_parts().0
}

#[tokio::test]
async fn a_visitor_gets_an_account_and_is_a_member_by_either_protocol() {
    for plan in [plan(), by_saml()] {
        let scene = TestApp::of(plan).await;
        let link = link(&scene).await;
        let page = open(&scene, &visitor(), &link).await;
        assert!(cookies(&page).is_empty(), "nothing has begun");
        let page = text(page).await;
        for part in ["Join Acme", "localhost", "/login?next=%2Fsso%2F1%2Fjoin%3Flink%3D"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let begun = press(&scene, &visitor(), &link).await;
        let set = cookies(&begun);
        assert_eq!(set.len(), 1);
        assert!(set[0].0.starts_with("sso_join_") && set[0].0.len() > 60, "{set:?}");
        assert_eq!(set[0].1, "Path=/; Max-Age=600; HttpOnly; SameSite=Lax");
        scene.actions();

        let (claim, cookie) = handed(&scene, &link).await;
        let new_user = scene.sso.new_user(&asks(&scene, &cookie), ticket(&claim)).await.unwrap();
        assert_eq!((new_user.organization().as_str(), new_user.email()), ("1", "eve@acme.example"));
        assert_eq!(new_user.identity().profile().attributes()["preferred_username"], "eve");
        assert_eq!(new_user.claim().expose(), &claim);
        assert!(scene.host.0.joined.lock().unwrap().is_empty(), "nobody is a member yet");
        let zoe = zoe(&scene);
        claims(&scene, &zoe, &claim, &cookie).await;
        assert!(scene.is_logged_in(&zoe, "1").await);
        let expected = [
            "login.begun",
            "login.received",
            "newcomer.handed_over",
            "link.created",
            "member.joined",
            "login.finished",
        ];
        assert_eq!(scene.actions(), expected);
        let told = scene.host.0.joined.lock().unwrap().clone();
        assert_eq!(
            (told.len(), told[0].account.as_str(), told[0].email.as_str()),
            (1, "zoe", "eve@acme.example")
        );
    }
}

/// The ticket in an address.
fn ticket(address: &str) -> &str {
    address.split_once("ticket=").unwrap().1
}

#[tokio::test]
async fn only_the_browser_that_began_is_handed_over() {
    for plan in [plan(), by_saml()] {
        let scene = TestApp::of(plan).await;
        let link = link(&scene).await;
        let (_, others) = received(&scene, &link).await;
        // Whoever is made to open the end of an attacker's SSO login has no cookie of it, or one of their own.
        let (finish, cookie) = received(&scene, &link).await;
        scene.refused(scene.visit(&visitor(), &finish).await, OtherCredential).await;
        scene.refused(go(&scene, &visitor(), &finish, &cookie).await, TicketUsed).await;
        let name = |cookie: &str| cookie.split_once('=').unwrap().0.to_owned();
        for wrong in [
            |_: &str, others: &str| others.to_owned(),
            |cookie: &str, _: &str| format!("{cookie}x"),
            |cookie: &str, _: &str| format!("{cookie}; {cookie}"),
        ] {
            let (finish, cookie) = received(&scene, &link).await;
            scene
                .refused(go(&scene, &visitor(), &finish, &wrong(&cookie, &others)).await, OtherCredential)
                .await;
        }
        let (finish, cookie) = received(&scene, &link).await;
        let swapped = format!("{}={}", name(&cookie), others.split_once('=').unwrap().1);
        scene.refused(go(&scene, &visitor(), &finish, &swapped).await, OtherCredential).await;
        assert!(scene.host.0.new_users.lock().unwrap().is_empty());
        // Two tabs do not take each other's.
        let ((one, first), (two, second)) = (received(&scene, &link).await, received(&scene, &link).await);
        let both = format!("{first}; {second}");
        for finish in [two, one] {
            assert_eq!(go(&scene, &visitor(), &finish, &both).await.status(), 303);
        }
        assert_eq!(scene.host.0.new_users.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn who_has_signed_in_meanwhile_is_handed_to_nobody() {
    let scene = TestApp::of(plan()).await;
    let link = link(&scene).await;
    for account in ["ada", "mallory"] {
        let (finish, cookie) = received(&scene, &link).await;
        scene.refused(go(&scene, &scene.who(account), &finish, &cookie).await, OtherCredential).await;
        scene.refused(go(&scene, &visitor(), &finish, &cookie).await, TicketUsed).await;
    }
    let (finish, cookie) = received(&scene, &link).await;
    assert_eq!(go(&scene, &visitor(), &finish, &cookie).await.status(), 303);
}

#[tokio::test]
async fn a_visitors_login_ends_once_and_within_ten_minutes() {
    let scene = TestApp::of(plan()).await;
    let link = link(&scene).await;
    let (finish, cookie) = received(&scene, &link).await;
    assert_eq!(go(&scene, &visitor(), &finish, &cookie).await.status(), 303);
    scene.refused(go(&scene, &visitor(), &finish, &cookie).await, TicketUsed).await;
    let late = async |seconds: u64| {
        let begun = press(&scene, &visitor(), &link).await;
        let cookie = cookies(&begun).remove(0).0;
        let authorize = scene.to_provider(begun).await;
        scene.hands.seconds(9 * 60);
        let callback = scene.signed_in(&visitor(), "1", &authorize).await;
        let finish = scene.location(scene.visit(&visitor(), &callback).await).await;
        scene.hands.seconds(seconds);
        go(&scene, &visitor(), &finish, &cookie).await
    };
    scene.refused(late(60).await, TicketExpired).await;
    assert_eq!(late(59).await.status(), 303);
    let address = scene.url("/sso/1/join/finish");
    scene.refused(go(&scene, &visitor(), &address, "").await, TicketMissing).await;
}

#[tokio::test]
async fn tickets_of_visitors_members_and_claims_are_three_things() {
    let scene = TestApp::of(plan()).await;
    let (link, ada) = (link(&scene).await, scene.who("ada"));
    let (finish, cookie) = received(&scene, &link).await;
    let at = |page: &str, address: &str| scene.url(&format!("/sso/1/{page}?ticket={}", ticket(address)));
    scene.refused(go(&scene, &ada, &at("finish", &finish), &cookie).await, TicketUnknown).await;
    scene.refused(go(&scene, &ada, &at("join/claim", &finish), &cookie).await, TicketUnknown).await;
    let members = scene.received(&ada, "1").await;
    scene.refused(go(&scene, &visitor(), &at("join/finish", &members), &cookie).await, TicketUnknown).await;
    scene.refused(go(&scene, &ada, &at("join/claim", &members), &cookie).await, TicketUnknown).await;
    scene.finishes(&ada, &members).await;
    let (claim, cookie) = handed(&scene, &link).await;
    scene.refused(go(&scene, &visitor(), &at("join/finish", &claim), &cookie).await, TicketUnknown).await;
    scene.refused(go(&scene, &ada, &at("finish", &claim), &cookie).await, TicketUnknown).await;
    claims(&scene, &zoe(&scene), &claim, &cookie).await;
}

#[tokio::test]
async fn a_claim_is_taken_once_in_its_browser_and_within_ten_minutes() {
    let scene = TestApp::of(plan()).await;
    let (link, zoe) = (link(&scene).await, zoe(&scene));
    let (_, others) = handed(&scene, &link).await;
    for wrong in ["", others.as_str()] {
        let (claim, cookie) = handed(&scene, &link).await;
        scene.refused(go(&scene, &zoe, &claim, wrong).await, OtherCredential).await;
        scene.refused(go(&scene, &zoe, &claim, &cookie).await, TicketUsed).await;
    }
    // The cookie that began is none of the claim's.
    let (finish, first) = received(&scene, &link).await;
    let handed_over = go(&scene, &visitor(), &finish, &first).await;
    let removed = cookies(&handed_over).remove(1);
    assert_eq!(removed.0, format!("{}=", first.split_once('=').unwrap().0));
    let claim = scene.host.0.new_users.lock().unwrap().last().unwrap().claim().expose().clone();
    scene.refused(go(&scene, &zoe, &claim, &first).await, OtherCredential).await;
    let (claim, cookie) = handed(&scene, &link).await;
    scene.hands.seconds(600);
    scene.refused(go(&scene, &zoe, &claim, &cookie).await, TicketExpired).await;
    let (claim, cookie) = handed(&scene, &link).await;
    scene.refused(go(&scene, &zoe.by_token(), &claim, &cookie).await, RequestInvalid).await;
    scene.hands.seconds(599);
    claims(&scene, &zoe, &claim, &cookie).await;
    scene.refused(go(&scene, &zoe, &claim, &cookie).await, TicketUsed).await;
}

#[tokio::test]
async fn a_sign_up_ticket_waits_until_the_new_account_signs_in() {
    let scene = TestApp::of(plan()).await;
    let (claim, cookie) = handed(&scene, &link(&scene).await).await;
    let sign_in = scene.location(go(&scene, &visitor(), &claim, &cookie).await).await;
    assert!(
        sign_in.starts_with(&scene.url("/login?next=%2Fsso%2F1%2Fjoin%2Fclaim%3Fticket%3D")),
        "{sign_in}"
    );
    *scene.host.0.without_sign_in.lock().unwrap() = true;
    scene.refused(go(&scene, &visitor(), &claim, &cookie).await, NotSignedIn).await;
    claims(&scene, &zoe(&scene), &claim, &cookie).await;
}

#[tokio::test]
async fn a_claim_opens_no_account_that_has_not_its_address() {
    let scene = TestApp::of(plan()).await;
    let link = link(&scene).await;
    let (claim, cookie) = handed(&scene, &link).await;
    scene.refused(go(&scene, &scene.who("mallory"), &claim, &cookie).await, EmailNotOfAccount).await;
    assert!(scene.host.0.joined.lock().unwrap().is_empty());
    let (claim, cookie) = handed(&scene, &link).await;
    claims(&scene, &zoe(&scene), &claim, &cookie).await;
    // Nor a second account the provider's user.
    let (claim, cookie) = handed(&scene, &link).await;
    scene.refused(go(&scene, &scene.who("eve"), &claim, &cookie).await, SubjectOfAnotherAccount).await;
    assert_eq!(scene.host.0.joined.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn whatever_ends_a_login_ends_a_visitors() {
    let scene = TestApp::of(plan()).await;
    let zoe = zoe(&scene);
    let refused = async |address: &str, cookie: &str, who: &Who, kind: LoginErrorKind| {
        scene.refused(go(&scene, who, address, cookie).await, kind).await;
        scene.hands.seconds(1);
    };
    let first = link(&scene).await;
    let ((finish, began), (claim, cookie)) = (received(&scene, &first).await, handed(&scene, &first).await);
    let id = scene.sso.join_links(&"1".into()).await.unwrap().remove(0).id;
    scene.sso.revoke_join_link(&"1".into(), &"ada".into(), &id).await.unwrap();
    refused(&finish, &began, &visitor(), JoinLinkUnknown).await;
    refused(&claim, &cookie, &zoe, JoinLinkUnknown).await;
    let link = link(&scene).await;
    let ((finish, began), (claim, cookie)) = (received(&scene, &link).await, handed(&scene, &link).await);
    scene.change(scene.connection().domains(["acme.example", "other.example"]));
    refused(&finish, &began, &visitor(), ConnectionChanged).await;
    refused(&claim, &cookie, &zoe, ConnectionChanged).await;
    scene.change(scene.connection());
    // An end of everybody's sessions covers who was under way, however long the host took.
    let (claim, cookie) = handed(&scene, &link).await;
    scene.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    scene.hands.seconds(599);
    scene.log_in(&scene.who("ada"), "1").await;
    refused(&claim, &cookie, &zoe, Revoked).await;
    let (finish, began) = received(&scene, &link).await;
    refused(&finish.replace("/sso/1/", "/sso/2/"), &began, &visitor(), OtherOrganization).await;
    let (claim, cookie) = handed(&scene, &link).await;
    refused(&claim.replace("/sso/1/", "/sso/2/"), &cookie, &zoe, OtherOrganization).await;
    assert!(scene.host.0.joined.lock().unwrap().is_empty());
    let (claim, cookie) = handed(&scene, &link).await;
    claims(&scene, &zoe, &claim, &cookie).await;
}

#[tokio::test]
async fn an_address_off_the_list_is_handed_to_nobody() {
    let scene = TestApp::of(plan()).await;
    let link = link(&scene).await;
    scene.change(scene.connection().domains(["other.example"]));
    let (finish, cookie) = received(&scene, &link).await;
    scene.refused(go(&scene, &visitor(), &finish, &cookie).await, EmailDomainRefused).await;
    assert!(scene.host.0.new_users.lock().unwrap().is_empty());
    scene.change(scene.connection());
    handed(&scene, &link).await;
}

#[tokio::test]
async fn somebody_without_a_claim_that_the_connection_requires_is_handed_to_nobody() {
    let scene = TestApp::of(plan()).await;
    scene.change(scene.connection().required_claim("hd", ["acme.example"]));
    let says = |hd: &str| {
        scene.acme.honest();
        scene.acme.lie(Lie::UserClaim { name: "hd".to_owned(), value: Some(json!(hd)) });
    };
    let link = link(&scene).await;
    says("evil.example");
    let (finish, cookie) = received(&scene, &link).await;
    scene.refused(go(&scene, &visitor(), &finish, &cookie).await, ClaimRefused).await;
    assert!(scene.host.0.new_users.lock().unwrap().is_empty());
    says("acme.example");
    handed(&scene, &link).await;
}

#[tokio::test]
pub async fn a_host_that_makes_nobody_an_account_is_handed_nobody() {
    let scene = TestApp::of(plan()).await;
    let link = link(&scene).await;
    *scene.host.0.closed.lock().unwrap() = true;
    let (finish, cookie) = received(&scene, &link).await;
    let page = scene.refused(go(&scene, &visitor(), &finish, &cookie).await, NewcomerRefused).await;
    assert!(!page.contains("/sso/1/start"), "{page}");
    *scene.host.0.closed.lock().unwrap() = false;
    handed(&scene, &link).await;
}

#[tokio::test]
async fn the_hosts_page_learns_who_it_is_in_their_browser_alone() {
    let scene = TestApp::of(plan()).await;
    let link = link(&scene).await;
    let (claim, cookie) = handed(&scene, &link).await;
    let asked = async |cookie: &str, ticket: &str| {
        scene.sso.new_user(&asks(&scene, cookie), ticket).await.map_err(|error| error.kind())
    };
    // As often as it is asked.
    for _ in 0..3 {
        assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap().email(), "eve@acme.example");
    }
    assert_eq!(asked(&cookie, "x").await.unwrap_err(), TicketUnknown);
    claims(&scene, &zoe(&scene), &claim, &cookie).await;
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), TicketUsed);
    // Whoever was sent the address of somebody else's page registers nobody.
    let (claim, cookie) = handed(&scene, &link).await;
    assert_eq!(asked("", ticket(&claim)).await.unwrap_err(), OtherCredential);
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), TicketUsed);
    // Looking at it does not prolong it.
    let (claim, cookie) = handed(&scene, &link).await;
    scene.hands.seconds(599);
    assert!(asked(&cookie, ticket(&claim)).await.is_ok());
    scene.hands.seconds(1);
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), TicketExpired);
    // Nor does it outlive the link.
    let (claim, cookie) = handed(&scene, &link).await;
    let id = scene.sso.join_links(&"1".into()).await.unwrap().remove(0).id;
    assert!(scene.sso.revoke_join_link(&"1".into(), &"ada".into(), &id).await.unwrap());
    assert_eq!(asked(&cookie, ticket(&claim)).await.unwrap_err(), JoinLinkUnknown);
}

#[tokio::test]
async fn visitors_who_begin_again_and_again_are_slowed_and_nobody_else() {
    let scene = TestApp::of(plan()).await;
    let (first, second) = (link(&scene).await, link(&scene).await);
    for _ in 0..60 {
        assert_eq!(press(&scene, &visitor(), &first).await.status(), 200);
    }
    scene.refused(press(&scene, &visitor(), &first).await, RateLimited).await;
    assert_eq!(press(&scene, &visitor(), &second).await.status(), 200);
    joins(&scene, &scene.who("mallory"), &first).await;
    scene.hands.seconds(1);
    assert_eq!(press(&scene, &visitor(), &first).await.status(), 200);
}
