//! Joining by a link with an account that is no member.

use axum::response::Response;
use serde_json::json;
use tower_sso::{
    ConnectionSettings, Membership, ReturnPath, Secret,
    connection::{Enforcement, FixedConnections},
    join::JoinLinkId,
    login::LoginErrorKind::{
        ConnectionChanged, CrossOrigin, EmailDomainRefused, EmailNotOfAccount, EmailNotVerified,
        JoinLinkExpired, JoinLinkUnknown, JoinRefused, NoConnection, NotMember, OtherAccount,
        OtherCredential, RequestInvalid, Revoked, StoreFull,
    },
    oidc::{ClientAuthentication, OidcSettings},
    roles::RoleSettings,
    session::RevocationScope,
    store::{Links as _, MemoryStore},
};
use tower_sso_test_idp::Lie;

use crate::{
    scene::{Plan, SECRET, TestApp, Who, fault::Verb},
    support::{header, text},
};

/// Where whoever joined arrives.
pub const HERE: &str = "/acme/members";

/// Organization 1 by OpenID Connect, with a list of domains.
pub fn plan() -> Plan {
    Plan { connection: |connection| connection.domains(["acme.example"]), ..Plan::default() }
}

/// The same by SAML.
pub fn by_saml() -> Plan {
    Plan { saml: Some(|settings| settings), ..plan() }
}

/// A link of organization 1: the token in its address.
pub async fn link(scene: &TestApp) -> String {
    let made = scene.sso.make_join_link(&"1".into(), &"ada".into(), &ReturnPath::parse(HERE).unwrap()).await;
    let address = made.unwrap().address.expose().clone();
    address.strip_prefix(&scene.url("/sso/1/join?link=")).unwrap().to_owned()
}

/// Presses the button of the link's page.
pub async fn press(scene: &TestApp, who: &Who, link: &str) -> Response {
    scene.post(who, "/sso/1/join", &[("origin", &scene.base)], format!("link={link}")).await
}

/// Opens the link's page.
pub async fn open(scene: &TestApp, who: &Who, link: &str) -> Response {
    scene.visit(who, &format!("/sso/1/join?link={link}")).await
}

/// Goes by a link as far as the ticket; answers with the address to finish at.
pub async fn received(scene: &TestApp, who: &Who, link: &str) -> String {
    let authorize = scene.to_provider(press(scene, who, link).await).await;
    let callback = scene.signed_in(who, "1", &authorize).await;
    scene.location(scene.visit(who, &callback).await).await
}

/// Finishes, and asserts that it worked.
pub async fn finishes(scene: &TestApp, who: &Who, finish: &str) {
    let finished = scene.visit(who, finish).await;
    assert_eq!(scene.location(finished).await, scene.url(HERE));
    scene.count_finished();
}

/// A whole SSO login by a link.
pub async fn joins(scene: &TestApp, who: &Who, link: &str) {
    let finish = received(scene, who, link).await;
    finishes(scene, who, &finish).await;
}

/// Takes a membership and a link to the provider's user away again.
pub async fn leaves(scene: &TestApp, account: &str) {
    scene.host.0.memberships.lock().unwrap().remove(&("1".into(), account.into()));
    scene.sso.unlink(&"1".into(), &account.into()).await.unwrap();
    scene.hands.seconds(31);
}

fn joined(scene: &TestApp) -> usize {
    scene.host.0.joined.lock().unwrap().len()
}

async fn is_linked(scene: &TestApp, account: &str) -> bool {
    scene.plan.store.clone().find(&"1".into(), &account.into()).await.unwrap().is_some()
}

#[tokio::test]
async fn an_account_that_is_no_member_joins_by_either_protocol() {
    for plan in [plan(), by_saml()] {
        let scene = TestApp::of(plan).await;
        let (link, mallory) = (link(&scene).await, scene.who("mallory"));
        let page = open(&scene, &mallory, &link).await;
        assert_eq!((page.status().as_u16(), header(&page, "cache-control")), (200, "no-store"));
        assert_eq!(header(&page, "referrer-policy"), "same-origin");
        let page = text(page).await;
        for part in ["Join Acme", "localhost", "mallory@acme.example", "action=\"/sso/1/join\""] {
            assert!(page.contains(part), "{part} in {page}");
        }
        joins(&scene, &mallory, &link).await;
        assert!(scene.is_logged_in(&mallory, "1").await);
        let expected = [
            "join_link.made",
            "login.begun",
            "login.received",
            "link.created",
            "member.joined",
            "login.finished",
        ];
        assert_eq!(scene.actions(), expected);
        let told = scene.host.0.joined.lock().unwrap().clone();
        assert_eq!((told.len(), told[0].email.as_str()), (1, "mallory@acme.example"));
        assert!(scene.host.0.applied.lock().unwrap().is_empty(), "told in place of `apply`");
        let links = scene.sso.join_links(&"1".into()).await.unwrap();
        assert_eq!((links.len(), links[0].uses, links[0].made_by.as_str()), (1, 1, "ada"));
        // A member from here on: the next SSO login is one like any other.
        scene.hands.seconds(31);
        scene.log_in(&mallory.elsewhere(), "1").await;
        assert_eq!((joined(&scene), scene.host.0.applied.lock().unwrap().len()), (1, 1));
    }
}

#[tokio::test]
async fn an_external_collaborator_joins_and_a_service_account_does_not() {
    let scene = TestApp::of(plan()).await;
    let (link, eve, mallory) = (link(&scene).await, scene.who("eve"), scene.who("mallory"));
    joins(&scene, &eve, &link).await;
    let key = ("1".into(), "mallory".into());
    scene.host.0.memberships.lock().unwrap().insert(key, Membership::ServiceAccount);
    scene.refused(open(&scene, &mallory, &link).await, NotMember).await;
    scene.refused(press(&scene, &mallory, &link).await, NotMember).await;
    assert_eq!(joined(&scene), 1);
}

#[tokio::test]
async fn a_member_who_opens_a_link_just_logs_in() {
    let scene = TestApp::of(plan()).await;
    let (link, ada) = (link(&scene).await, scene.who("ada"));
    let start = scene.location(open(&scene, &ada, &link).await).await;
    assert_eq!(start, scene.url("/sso/1/start?return_to=%2Facme%2Fmembers"));
    // Also who has become one on another page.
    joins(&scene, &ada, &link).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    assert_eq!((joined(&scene), scene.host.0.applied.lock().unwrap().len()), (0, 1));
    assert_eq!(scene.sso.join_links(&"1".into()).await.unwrap()[0].uses, 0);
}

#[tokio::test]
async fn who_was_made_a_member_on_the_way_just_logs_in() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let finish = received(&scene, &mallory, &link).await;
    scene.host.0.memberships.lock().unwrap().insert(("1".into(), "mallory".into()), Membership::member());
    scene.sso.revoke_join_link(&"1".into(), &"ada".into(), &only(&scene).await).await.unwrap();
    finishes(&scene, &mallory, &finish).await;
    assert_eq!((joined(&scene), scene.host.0.applied.lock().unwrap().len()), (0, 1));
}

/// The id of the organization's one link.
async fn only(scene: &TestApp) -> JoinLinkId {
    scene.sso.join_links(&"1".into()).await.unwrap().remove(0).id
}

#[tokio::test]
pub async fn an_unknown_join_link_is_rejected() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let id = only(&scene).await;
    // What administrators see of it is no way in.
    scene.refused(press(&scene, &mallory, id.as_str()).await, JoinLinkUnknown).await;
    for bent in ["", "x", &format!("{link}x"), &link[1..]] {
        for who in [&mallory, &Who::nobody()] {
            let page = scene.refused(open(&scene, who, bent).await, JoinLinkUnknown).await;
            assert!(!page.contains("Acme") && !page.contains("/start"), "{page}");
            scene.refused(press(&scene, who, bent).await, JoinLinkUnknown).await;
        }
    }
    scene.refused(scene.visit(&mallory, "/sso/1/join").await, JoinLinkUnknown).await;
    // Another organization's is none of this one's.
    scene.refused(scene.visit(&mallory, &format!("/sso/2/join?link={link}")).await, JoinLinkUnknown).await;
    scene.refused(scene.visit(&mallory, &format!("/sso/3/join?link={link}")).await, NoConnection).await;
    joins(&scene, &mallory, &link).await;
}

/// A store that mixes them up: what it answers is compared with what was asked.
#[tokio::test]
async fn a_link_that_the_store_takes_for_another_leads_nowhere() {
    let scene = TestApp::of(plan()).await;
    let (own, mallory) = (link(&scene).await, scene.who("mallory"));
    let stands = scene.sso.join_links(&"1".into()).await.unwrap().remove(0);
    let (mut elsewhere, mut other) = (stands.clone(), stands.clone());
    elsewhere.organization = "2".into();
    other.id = JoinLinkId::new("another");
    for wrong in [elsewhere, other] {
        scene.switch.finds_another(wrong);
        scene.refused(open(&scene, &mallory, &own).await, JoinLinkUnknown).await;
    }
    scene.switch.finds_another(stands);
    assert_eq!(open(&scene, &mallory, &own).await.status(), 200);
}

#[tokio::test]
async fn a_revoked_link_ends_what_began_by_it() {
    let scene = TestApp::of(plan()).await;
    let mallory = scene.who("mallory");
    let old = link(&scene).await;
    let finish = received(&scene, &mallory, &old).await;
    assert!(scene.sso.revoke_join_link(&"1".into(), &"ada".into(), &only(&scene).await).await.unwrap());
    assert_eq!(scene.last().action.name(), "join_link.revoked");
    let page = scene.refused(scene.visit(&mallory, &finish).await, JoinLinkUnknown).await;
    assert!(!page.contains("/sso/1/start"), "a start page would only refuse: {page}");
    scene.refused(open(&scene, &mallory, &old).await, JoinLinkUnknown).await;
    assert!(!is_linked(&scene, "mallory").await);
    // Between the look and the count.
    let new = link(&scene).await;
    let (finish, id) = (received(&scene, &mallory, &new).await, only(&scene).await);
    let store = scene.plan.store.clone();
    scene.switch.meanwhile(Verb::Pin, move || {
        use futures_util::FutureExt as _;
        use tower_sso::store::JoinLinks as _;
        assert!(store.remove(&"1".into(), &id).now_or_never().unwrap().unwrap());
    });
    scene.refused(scene.visit(&mallory, &finish).await, JoinLinkUnknown).await;
    assert!(!is_linked(&scene, "mallory").await, "who did not become a member is linked to nobody");
    assert_eq!((joined(&scene), scene.switch.asked(Verb::Join)), (0, 0));
    joins(&scene, &mallory, &link(&scene).await).await;
}

#[tokio::test]
pub async fn a_link_lasts_thirty_days_or_as_long_as_the_connection_says() {
    let hour = |connection: tower_sso::ConnectionSettings| {
        connection.domains(["acme.example"]).join_lifetime(std::time::Duration::from_secs(3600))
    };
    for (plan, lifetime) in [(plan(), 30 * 24 * 3600), (Plan { connection: hour, ..plan() }, 3600)] {
        let scene = TestApp::of(plan).await;
        let (link, mallory) = (link(&scene).await, scene.who("mallory"));
        scene.hands.seconds(lifetime - 1);
        let finish = received(&scene, &mallory, &link).await;
        assert_eq!(open(&scene, &mallory, &link).await.status(), 200);
        scene.hands.seconds(1);
        scene.refused(open(&scene, &mallory, &link).await, JoinLinkExpired).await;
        scene.refused(press(&scene, &mallory, &link).await, JoinLinkExpired).await;
        scene.refused(scene.visit(&mallory, &finish).await, JoinLinkExpired).await;
        assert_eq!(scene.sso.join_links(&"1".into()).await.unwrap().len(), 0);
        joins(&scene, &mallory, &self::link(&scene).await).await;
    }
}

#[tokio::test]
async fn a_join_is_bound_like_any_login() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let finish = received(&scene, &mallory, &link).await;
    scene.refused(scene.visit(&mallory.elsewhere(), &finish).await, OtherCredential).await;
    let finish = received(&scene, &mallory, &link).await;
    scene.refused(scene.visit(&scene.who("bob"), &finish).await, OtherAccount).await;
    let finish = received(&scene, &mallory, &link).await;
    scene.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    scene.refused(scene.visit(&mallory, &finish).await, Revoked).await;
    scene.hands.seconds(1);
    let finish = received(&scene, &mallory, &link).await;
    scene.change(scene.connection().domains(["acme.example", "other.example"]));
    scene.refused(scene.visit(&mallory, &finish).await, ConnectionChanged).await;
    assert!(joined(&scene) == 0 && !is_linked(&scene, "mallory").await);
    joins(&scene, &mallory, &link).await;
}

#[tokio::test]
async fn an_address_that_is_not_the_accounts_or_not_on_the_list_joins_nothing() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let finish = received(&scene, &mallory.as_user("bob"), &link).await;
    scene.refused(scene.visit(&mallory, &finish).await, EmailNotOfAccount).await;
    scene.acme.lie(Lie::user_claim("email_verified", json!(false)));
    let finish = received(&scene, &mallory, &link).await;
    scene.refused(scene.visit(&mallory, &finish).await, EmailNotVerified).await;
    scene.acme.honest();
    scene.change(scene.connection().domains(["other.example"]));
    let finish = received(&scene, &mallory, &link).await;
    scene.refused(scene.visit(&mallory, &finish).await, EmailDomainRefused).await;
    assert!(joined(&scene) == 0 && !is_linked(&scene, "mallory").await);
    scene.change(scene.connection());
    joins(&scene, &mallory, &link).await;
}

#[tokio::test]
async fn without_a_list_of_domains_nobody_joins_unless_the_connection_says_so() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let provider = || {
        let secret = ClientAuthentication::SecretPost(Secret::new(SECRET.to_owned()));
        OidcSettings::new(scene.acme.issuer(), "hub-1", secret)
    };
    let without = || ConnectionSettings::oidc("1", Enforcement::Enforced, provider());
    scene.change(without());
    scene.refused(open(&scene, &mallory, &link).await, EmailDomainRefused).await;
    scene.refused(press(&scene, &mallory, &link).await, EmailDomainRefused).await;
    let make = || async { scene.sso.make_join_link(&"1".into(), &"ada".into(), &ReturnPath::root()).await };
    assert_eq!(make().await.unwrap_err().kind(), EmailDomainRefused);
    scene.settings.change(FixedConnections::default());
    assert_eq!(make().await.unwrap_err().kind(), NoConnection);
    scene.change(without().dangerous().join_any_domain());
    joins(&scene, &mallory, &link).await;
    assert!(make().await.is_ok());
    // Members log in with SSO without a list as before.
    scene.change(without());
    scene.log_in(&scene.who("ada"), "1").await;
}

#[tokio::test]
async fn a_join_makes_nobody_an_administrator_unless_the_connection_says_so() {
    fn mapped(connection: tower_sso::ConnectionSettings) -> tower_sso::ConnectionSettings {
        let roles = RoleSettings::new("groups", "read").map("admins", "admin").map("devs", "write");
        connection.domains(["acme.example"]).roles(roles)
    }
    let scene = TestApp::of(Plan { connection: mapped, ..Plan::default() }).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    for (groups, strict, dangerous) in [
        (json!(["devs"]), "write", "write"),
        (json!(["admins", "devs"]), "write", "admin"),
        (json!(["admins"]), "read", "admin"),
        (json!([]), "read", "read"),
    ] {
        scene.acme.lie(Lie::user_claim("groups", groups.clone()));
        for (connection, expected) in
            [(scene.connection(), strict), (scene.connection().dangerous().join_admin(), dangerous)]
        {
            scene.change(connection);
            scene.actions();
            joins(&scene, &mallory, &link).await;
            let told = scene.host.0.joined.lock().unwrap().last().cloned().unwrap();
            assert_eq!(told.new_role().unwrap().name(), expected, "{groups}");
            assert!(scene.actions().contains(&"role.applied"));
            // The next SSO login is a member's, and the mapping's word counts.
            scene.change(scene.connection());
            scene.hands.seconds(31);
            scene.log_in(&mallory, "1").await;
            let applied = scene.host.0.applied.lock().unwrap().last().cloned().unwrap();
            assert_eq!(applied.new_role().unwrap().name(), dangerous, "{groups}");
            leaves(&scene, "mallory").await;
        }
    }
}

#[tokio::test]
pub async fn a_host_that_takes_nobody_by_a_link_takes_nobody() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    *scene.host.0.closed.lock().unwrap() = true;
    let finish = received(&scene, &mallory, &link).await;
    scene.refused(scene.visit(&mallory, &finish).await, JoinRefused).await;
    assert!(joined(&scene) == 0 && !is_linked(&scene, "mallory").await);
    *scene.host.0.closed.lock().unwrap() = false;
    joins(&scene, &mallory, &link).await;
    // Nor is a member of old linked anew whom it no longer takes.
    scene.host.0.memberships.lock().unwrap().remove(&("1".into(), "mallory".into()));
    scene.hands.seconds(31);
    let secret = ClientAuthentication::SecretBasic(Secret::new(SECRET.to_owned()));
    let renamed = OidcSettings::new(scene.acme.issuer(), "hub-renamed", secret);
    let renamed = ConnectionSettings::oidc("1", Enforcement::Enforced, renamed).domains(["acme.example"]);
    scene.change(renamed);
    *scene.host.0.closed.lock().unwrap() = true;
    let finish = received(&scene, &mallory, &link).await;
    scene.actions();
    scene.refused(scene.visit(&mallory, &finish).await, JoinRefused).await;
    assert_eq!(scene.actions(), ["link.replaced", "link.removed", "login.refused"]);
    assert!(!is_linked(&scene, "mallory").await);
    *scene.host.0.closed.lock().unwrap() = false;
    joins(&scene, &mallory, &link).await;
}

#[tokio::test]
async fn without_a_join_handler_nobody_joins() {
    let scene = TestApp::of(Plan { handlers: false, ..plan() }).await;
    let (address, mallory) = (link(&scene).await, scene.who("mallory"));
    let finish = received(&scene, &mallory, &address).await;
    scene.refused(scene.visit(&mallory, &finish).await, JoinRefused).await;
    assert!(joined(&scene) == 0 && !is_linked(&scene, "mallory").await);
    super::join_visitor::is_refused_an_account(&scene, &address).await;
    let scene = TestApp::of(plan()).await;
    let address = link(&scene).await;
    joins(&scene, &scene.who("mallory"), &address).await;
}

#[tokio::test]
async fn a_mapping_whose_roles_all_administer_lets_nobody_join() {
    fn mapped(connection: tower_sso::ConnectionSettings) -> tower_sso::ConnectionSettings {
        let roles = tower_sso::roles::Roles::new(["deputy", "owner"], "deputy").unwrap();
        let mapping = RoleSettings::new("groups", "deputy").map("owners", "owner").dangerous();
        let mapping = mapping.admin_by_default();
        connection.domains(["acme.example"]).known_roles(roles).roles(mapping)
    }
    let scene = TestApp::of(Plan { connection: mapped, ..Plan::default() }).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let finish = received(&scene, &mallory, &link).await;
    scene.refused(scene.visit(&mallory, &finish).await, JoinRefused).await;
    scene.change(scene.connection().dangerous().join_admin());
    joins(&scene, &mallory, &link).await;
}

#[tokio::test]
async fn a_form_of_another_site_and_a_token_join_nothing() {
    let scene = TestApp::of(plan()).await;
    let (link, mallory) = (link(&scene).await, scene.who("mallory"));
    let form = format!("link={link}");
    for origin in ["https://evil.example", "null"] {
        let posted = scene.post(&mallory, "/sso/1/join", &[("origin", origin)], form.clone()).await;
        scene.refused(posted, CrossOrigin).await;
    }
    scene.refused(scene.post(&mallory, "/sso/1/join", &[], form).await, CrossOrigin).await;
    scene.refused(press(&scene, &mallory.by_token(), &link).await, RequestInvalid).await;
    scene.refused(open(&scene, &mallory.by_token(), &link).await, RequestInvalid).await;
    joins(&scene, &mallory, &link).await;
}

#[tokio::test]
async fn links_are_seen_and_revoked_by_their_organization_alone() {
    let scene = TestApp::of(plan()).await;
    let (acme, initech, ada) = ("1".into(), "2".into(), "ada".into());
    let first = link(&scene).await;
    scene.hands.seconds(1);
    let made = scene.sso.make_join_link(&acme, &ada, &ReturnPath::root()).await.unwrap();
    let debug = format!("{made:?}");
    assert!(!debug.contains(made.address.expose().as_str()) && debug.contains("[secret]"), "{debug}");
    assert!(!made.address.expose().contains(made.link.id.as_str()), "the id is no way in");
    let seen = scene.sso.join_links(&acme).await.unwrap();
    assert_eq!((seen.len(), &seen[0]), (2, &made.link));
    assert!(scene.sso.join_links(&initech).await.unwrap().is_empty());
    assert!(!scene.sso.revoke_join_link(&initech, &ada, &made.link.id).await.unwrap());
    assert_eq!(scene.sso.join_links(&acme).await.unwrap().len(), 2);
    assert!(scene.sso.revoke_join_link(&acme, &ada, &made.link.id).await.unwrap());
    assert!(!scene.sso.revoke_join_link(&acme, &ada, &made.link.id).await.unwrap());
    // The other one stands.
    joins(&scene, &scene.who("mallory"), &first).await;
}

#[tokio::test]
async fn links_are_refused_rather_than_forgotten() {
    let limits = crate::support::limits(|limits| limits.join_links = 1);
    let scene = TestApp::of(Plan { store: MemoryStore::new(limits), ..plan() }).await;
    let first = link(&scene).await;
    let make = || async { scene.sso.make_join_link(&"1".into(), &"ada".into(), &ReturnPath::root()).await };
    assert_eq!(make().await.unwrap_err().kind(), StoreFull);
    assert_eq!(open(&scene, &scene.who("mallory"), &first).await.status(), 200);
    // What is over makes room.
    scene.hands.seconds(30 * 24 * 3600);
    make().await.unwrap();
    // And no organization has more than a hundred.
    let scene = TestApp::of(plan()).await;
    for _ in 0..100 {
        link(&scene).await;
    }
    let refused = scene.sso.make_join_link(&"1".into(), &"ada".into(), &ReturnPath::root()).await;
    assert_eq!(refused.unwrap_err().kind(), StoreFull);
    assert_eq!(scene.sso.join_links(&"1".into()).await.unwrap().len(), 100);
}
