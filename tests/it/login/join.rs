//! An account that is not a member joins an organization by a join link.

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
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    roles::RoleSettings,
    session::RevocationScope,
    store::{Links as _, MemoryStore},
};
use tower_sso_test_idp::Lie;

use crate::{
    support::{header, text},
    test_app::{Actor, SECRET, TestApp, TestConfig, fault::Verb},
};

/// The page to which a new member is sent.
pub const HERE: &str = "/acme/members";

/// Returns a configuration of organization 1 with OpenID Connect and a list of domains.
pub fn config() -> TestConfig {
    TestConfig { connection: |connection| connection.domains(["acme.example"]), ..TestConfig::default() }
}

/// The same with SAML.
pub fn by_saml() -> TestConfig {
    TestConfig { saml: Some(|settings| settings), ..config() }
}

/// Creates a join link of organization 1 and returns the token in its address.
pub async fn link(app: &TestApp) -> String {
    let made = app.sso.create_join_link(&"1".into(), &"ada".into(), &ReturnPath::parse(HERE).unwrap()).await;
    let address = made.unwrap().address.expose().clone();
    address.strip_prefix(&app.url("/sso/1/join?link=")).unwrap().to_owned()
}

/// Presses the button on the link's page.
pub async fn press(app: &TestApp, who: &Actor, link: &str) -> Response {
    app.post(who, "/sso/1/join", &[("origin", &app.base)], format!("link={link}")).await
}

/// Opens the link's page.
pub async fn open(app: &TestApp, who: &Actor, link: &str) -> Response {
    app.visit(who, &format!("/sso/1/join?link={link}")).await
}

/// Follows a link as far as the ticket and returns the address to finish at.
pub async fn received(app: &TestApp, who: &Actor, link: &str) -> String {
    let authorize = app.to_provider(press(app, who, link).await).await;
    let callback = app.signed_in(who, "1", &authorize).await;
    app.location(app.visit(who, &callback).await).await
}

/// Finishes, and asserts that it worked.
pub async fn finishes(app: &TestApp, who: &Actor, finish: &str) {
    let finished = app.visit(who, finish).await;
    assert_eq!(app.location(finished).await, app.url(HERE));
    app.count_finished();
}

/// A whole SSO login through a link.
pub async fn joins(app: &TestApp, who: &Actor, link: &str) {
    let finish = received(app, who, link).await;
    finishes(app, who, &finish).await;
}

/// Removes a membership and the account link again.
pub async fn leaves(app: &TestApp, account: &str) {
    app.host.state.memberships.lock().unwrap().remove(&("1".into(), account.into()));
    app.sso.unlink(&"1".into(), &account.into()).await.unwrap();
    app.clock.seconds(31);
}

fn joined(app: &TestApp) -> usize {
    app.host.state.joined.lock().unwrap().len()
}

async fn is_linked(app: &TestApp, account: &str) -> bool {
    app.config.store.clone().find(&"1".into(), &account.into()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_non_member_account_joins_with_either_protocol() {
    for config in [config(), by_saml()] {
        let app = TestApp::of(config).await;
        let (link, mallory) = (link(&app).await, app.actor("mallory"));
        let page = open(&app, &mallory, &link).await;
        assert_eq!((page.status().as_u16(), header(&page, "cache-control")), (200, "no-store"));
        assert_eq!(header(&page, "referrer-policy"), "same-origin");
        let page = text(page).await;
        for part in ["Join Acme", "localhost", "mallory@acme.example", "action=\"/sso/1/join\""] {
            assert!(page.contains(part), "{part} in {page}");
        }
        joins(&app, &mallory, &link).await;
        assert!(app.is_logged_in(&mallory, "1").await);
        let expected = [
            "join_link.made",
            "login.begun",
            "login.received",
            "link.created",
            "member.joined",
            "login.finished",
        ];
        assert_eq!(app.actions(), expected);
        let told = app.host.state.joined.lock().unwrap().clone();
        assert_eq!((told.len(), told[0].email.as_str()), (1, "mallory@acme.example"));
        assert!(
            app.host.state.applied.lock().unwrap().is_empty(),
            "the host is told by `join` and not by `apply`"
        );
        let links = app.sso.join_links(&"1".into()).await.unwrap();
        assert_eq!((links.len(), links[0].uses, links[0].made_by.as_str()), (1, 1, "ada"));
        // The account is a member now, and its next SSO login is an ordinary one.
        app.clock.seconds(31);
        app.log_in(&mallory.elsewhere(), "1").await;
        assert_eq!((joined(&app), app.host.state.applied.lock().unwrap().len()), (1, 1));
    }
}

#[tokio::test]
async fn an_external_collaborator_joins_and_a_service_account_does_not() {
    let app = TestApp::of(config()).await;
    let (link, eve, mallory) = (link(&app).await, app.actor("eve"), app.actor("mallory"));
    joins(&app, &eve, &link).await;
    let key = ("1".into(), "mallory".into());
    app.host.state.memberships.lock().unwrap().insert(key, Membership::ServiceAccount);
    app.refused(open(&app, &mallory, &link).await, NotMember).await;
    app.refused(press(&app, &mallory, &link).await, NotMember).await;
    assert_eq!(joined(&app), 1);
}

#[tokio::test]
async fn a_member_who_opens_a_join_link_logs_in() {
    let app = TestApp::of(config()).await;
    let (link, ada) = (link(&app).await, app.actor("ada"));
    let start = app.location(open(&app, &ada, &link).await).await;
    assert_eq!(start, app.url("/sso/1/start?return_to=%2Facme%2Fmembers"));
    // The same applies to an account that became a member in the meantime.
    joins(&app, &ada, &link).await;
    assert!(app.is_logged_in(&ada, "1").await);
    assert_eq!((joined(&app), app.host.state.applied.lock().unwrap().len()), (0, 1));
    assert_eq!(app.sso.join_links(&"1".into()).await.unwrap()[0].uses, 0);
}

#[tokio::test]
async fn an_account_that_became_a_member_meanwhile_logs_in() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let finish = received(&app, &mallory, &link).await;
    app.host.state.memberships.lock().unwrap().insert(("1".into(), "mallory".into()), Membership::member());
    app.sso.revoke_join_link(&"1".into(), &"ada".into(), &only(&app).await).await.unwrap();
    finishes(&app, &mallory, &finish).await;
    assert_eq!((joined(&app), app.host.state.applied.lock().unwrap().len()), (0, 1));
}

/// Returns the ID of the organization's only link.
async fn only(app: &TestApp) -> JoinLinkId {
    app.sso.join_links(&"1".into()).await.unwrap().remove(0).id
}

#[tokio::test]
pub async fn an_unknown_join_link_is_rejected() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let id = only(&app).await;
    // The ID that administrators see cannot be used to join.
    app.refused(press(&app, &mallory, id.as_str()).await, JoinLinkUnknown).await;
    for bent in ["", "x", &format!("{link}x"), &link[1..]] {
        for who in [&mallory, &Actor::nobody()] {
            let page = app.refused(open(&app, who, bent).await, JoinLinkUnknown).await;
            assert!(!page.contains("Acme") && !page.contains("/start"), "{page}");
            app.refused(press(&app, who, bent).await, JoinLinkUnknown).await;
        }
    }
    app.refused(app.visit(&mallory, "/sso/1/join").await, JoinLinkUnknown).await;
    // A link is valid only at its own organization.
    app.refused(app.visit(&mallory, &format!("/sso/2/join?link={link}")).await, JoinLinkUnknown).await;
    app.refused(app.visit(&mallory, &format!("/sso/3/join?link={link}")).await, NoConnection).await;
    joins(&app, &mallory, &link).await;
}

/// A store that confuses two links: the layer compares what the store returns with what it asked for.
#[tokio::test]
async fn a_join_link_that_the_store_confuses_with_another_is_rejected() {
    let app = TestApp::of(config()).await;
    let (own, mallory) = (link(&app).await, app.actor("mallory"));
    let stored = app.sso.join_links(&"1".into()).await.unwrap().remove(0);
    let (mut elsewhere, mut other) = (stored.clone(), stored.clone());
    elsewhere.organization = "2".into();
    other.id = JoinLinkId::new("another");
    for wrong in [elsewhere, other] {
        app.faults.finds_another(wrong);
        app.refused(open(&app, &mallory, &own).await, JoinLinkUnknown).await;
    }
    app.faults.finds_another(stored);
    assert_eq!(open(&app, &mallory, &own).await.status(), 200);
}

#[tokio::test]
async fn revoking_a_join_link_ends_the_joins_that_began_with_it() {
    let app = TestApp::of(config()).await;
    let mallory = app.actor("mallory");
    let old = link(&app).await;
    let finish = received(&app, &mallory, &old).await;
    assert!(app.sso.revoke_join_link(&"1".into(), &"ada".into(), &only(&app).await).await.unwrap());
    assert_eq!(app.last().action.name(), "join_link.revoked");
    let page = app.refused(app.visit(&mallory, &finish).await, JoinLinkUnknown).await;
    assert!(!page.contains("/sso/1/start"), "the start page would refuse a non-member: {page}");
    app.refused(open(&app, &mallory, &old).await, JoinLinkUnknown).await;
    assert!(!is_linked(&app, "mallory").await);
    // The link is revoked between the lookup and the count.
    let new = link(&app).await;
    let (finish, id) = (received(&app, &mallory, &new).await, only(&app).await);
    let store = app.config.store.clone();
    app.faults.meanwhile(Verb::Pin, move || {
        use futures_util::FutureExt as _;
        use tower_sso::store::JoinLinks as _;
        assert!(store.remove(&"1".into(), &id).now_or_never().unwrap().unwrap());
    });
    app.refused(app.visit(&mallory, &finish).await, JoinLinkUnknown).await;
    assert!(!is_linked(&app, "mallory").await, "an account that did not become a member is not linked");
    assert_eq!((joined(&app), app.faults.asked(Verb::Join)), (0, 0));
    joins(&app, &mallory, &link(&app).await).await;
}

#[tokio::test]
pub async fn a_join_link_lasts_thirty_days_unless_the_connection_sets_another_time() {
    let hour = |connection: tower_sso::ConnectionSettings| {
        connection.domains(["acme.example"]).join_lifetime(std::time::Duration::from_secs(3600))
    };
    for (config, lifetime) in
        [(config(), 30 * 24 * 3600), (TestConfig { connection: hour, ..config() }, 3600)]
    {
        let app = TestApp::of(config).await;
        let (link, mallory) = (link(&app).await, app.actor("mallory"));
        app.clock.seconds(lifetime - 1);
        let finish = received(&app, &mallory, &link).await;
        assert_eq!(open(&app, &mallory, &link).await.status(), 200);
        app.clock.seconds(1);
        app.refused(open(&app, &mallory, &link).await, JoinLinkExpired).await;
        app.refused(press(&app, &mallory, &link).await, JoinLinkExpired).await;
        app.refused(app.visit(&mallory, &finish).await, JoinLinkExpired).await;
        assert_eq!(app.sso.join_links(&"1".into()).await.unwrap().len(), 0);
        joins(&app, &mallory, &self::link(&app).await).await;
    }
}

#[tokio::test]
async fn a_join_is_bound_to_the_credential_and_the_connection() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let finish = received(&app, &mallory, &link).await;
    app.refused(app.visit(&mallory.elsewhere(), &finish).await, OtherCredential).await;
    let finish = received(&app, &mallory, &link).await;
    app.refused(app.visit(&app.actor("bob"), &finish).await, OtherAccount).await;
    let finish = received(&app, &mallory, &link).await;
    app.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    app.refused(app.visit(&mallory, &finish).await, Revoked).await;
    app.clock.seconds(1);
    let finish = received(&app, &mallory, &link).await;
    app.change(app.connection().domains(["acme.example", "other.example"]));
    app.refused(app.visit(&mallory, &finish).await, ConnectionChanged).await;
    assert!(joined(&app) == 0 && !is_linked(&app, "mallory").await);
    joins(&app, &mallory, &link).await;
}

#[tokio::test]
async fn an_email_of_another_account_or_domain_cannot_join() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let finish = received(&app, &mallory.as_user("bob"), &link).await;
    app.refused(app.visit(&mallory, &finish).await, EmailNotOfAccount).await;
    app.acme.lie(Lie::user_claim("email_verified", json!(false)));
    let finish = received(&app, &mallory, &link).await;
    app.refused(app.visit(&mallory, &finish).await, EmailNotVerified).await;
    app.acme.honest();
    app.change(app.connection().domains(["other.example"]));
    let finish = received(&app, &mallory, &link).await;
    app.refused(app.visit(&mallory, &finish).await, EmailDomainRefused).await;
    assert!(joined(&app) == 0 && !is_linked(&app, "mallory").await);
    app.change(app.connection());
    joins(&app, &mallory, &link).await;
}

#[tokio::test]
async fn without_a_domain_list_joining_is_refused_unless_any_domain_is_allowed() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let provider = || {
        let secret = ClientAuthentication::SecretPost(Secret::new(SECRET.to_owned()));
        OidcSettings::new(app.acme.issuer(), ClientId::new("hub-1"), secret)
    };
    let without = || ConnectionSettings::oidc("1", Enforcement::Enforced, provider());
    app.change(without());
    app.refused(open(&app, &mallory, &link).await, EmailDomainRefused).await;
    app.refused(press(&app, &mallory, &link).await, EmailDomainRefused).await;
    let make = || async { app.sso.create_join_link(&"1".into(), &"ada".into(), &ReturnPath::root()).await };
    assert_eq!(make().await.unwrap_err().kind(), EmailDomainRefused);
    app.settings.change(FixedConnections::default());
    assert_eq!(make().await.unwrap_err().kind(), NoConnection);
    app.change(without().dangerous().join_any_domain());
    joins(&app, &mallory, &link).await;
    assert!(make().await.is_ok());
    // Members still log in with SSO without a list of domains.
    app.change(without());
    app.log_in(&app.actor("ada"), "1").await;
}

#[tokio::test]
async fn a_join_gives_no_admin_role_unless_the_connection_allows_it() {
    fn mapped(connection: tower_sso::ConnectionSettings) -> tower_sso::ConnectionSettings {
        let roles = RoleSettings::new("groups")
            .default_role("read")
            .role("admin", ["admins"])
            .role("write", ["devs"]);
        connection.domains(["acme.example"]).roles(roles)
    }
    let app = TestApp::of(TestConfig { connection: mapped, ..TestConfig::default() }).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    for (groups, strict, dangerous) in [
        (json!(["devs"]), "write", "write"),
        (json!(["admins", "devs"]), "write", "admin"),
        (json!(["admins"]), "read", "admin"),
        (json!([]), "read", "read"),
    ] {
        app.acme.lie(Lie::user_claim("groups", groups.clone()));
        for (connection, expected) in
            [(app.connection(), strict), (app.connection().dangerous().join_admin(), dangerous)]
        {
            app.change(connection);
            app.actions();
            joins(&app, &mallory, &link).await;
            let told = app.host.state.joined.lock().unwrap().last().cloned().unwrap();
            assert_eq!(told.new_role().unwrap().name(), expected, "{groups}");
            assert!(app.actions().contains(&"role.applied"));
            // The next SSO login is that of a member, and the role mapping applies.
            app.change(app.connection());
            app.clock.seconds(31);
            app.log_in(&mallory, "1").await;
            let applied = app.host.state.applied.lock().unwrap().last().cloned().unwrap();
            assert_eq!(applied.new_role().unwrap().name(), dangerous, "{groups}");
            leaves(&app, "mallory").await;
        }
    }
}

#[tokio::test]
pub async fn a_join_that_the_app_refuses_is_refused() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    *app.host.state.closed.lock().unwrap() = true;
    let finish = received(&app, &mallory, &link).await;
    app.refused(app.visit(&mallory, &finish).await, JoinRefused).await;
    assert!(joined(&app) == 0 && !is_linked(&app, "mallory").await);
    *app.host.state.closed.lock().unwrap() = false;
    joins(&app, &mallory, &link).await;
    // A former member whom the app no longer accepts is not linked again either.
    app.host.state.memberships.lock().unwrap().remove(&("1".into(), "mallory".into()));
    app.clock.seconds(31);
    let secret = ClientAuthentication::SecretBasic(Secret::new(SECRET.to_owned()));
    let renamed = OidcSettings::new(app.acme.issuer(), ClientId::new("hub-renamed"), secret);
    let renamed = ConnectionSettings::oidc("1", Enforcement::Enforced, renamed).domains(["acme.example"]);
    app.change(renamed);
    *app.host.state.closed.lock().unwrap() = true;
    let finish = received(&app, &mallory, &link).await;
    app.actions();
    app.refused(app.visit(&mallory, &finish).await, JoinRefused).await;
    assert_eq!(app.actions(), ["link.replaced", "link.removed", "login.refused"]);
    assert!(!is_linked(&app, "mallory").await);
    *app.host.state.closed.lock().unwrap() = false;
    joins(&app, &mallory, &link).await;
}

#[tokio::test]
async fn without_a_join_handler_nobody_joins() {
    let app = TestApp::of(TestConfig { handlers: false, ..config() }).await;
    let (address, mallory) = (link(&app).await, app.actor("mallory"));
    let finish = received(&app, &mallory, &address).await;
    app.refused(app.visit(&mallory, &finish).await, JoinRefused).await;
    assert!(joined(&app) == 0 && !is_linked(&app, "mallory").await);
    super::join_visitor::is_refused_an_account(&app, &address).await;
    let app = TestApp::of(config()).await;
    let address = link(&app).await;
    joins(&app, &app.actor("mallory"), &address).await;
}

#[tokio::test]
async fn a_mapping_with_only_admin_roles_refuses_every_join() {
    fn mapped(connection: tower_sso::ConnectionSettings) -> tower_sso::ConnectionSettings {
        let roles = tower_sso::roles::Roles::new(["deputy", "owner"], "deputy").unwrap();
        let mapping =
            RoleSettings::new("groups").default_role("deputy").role("owner", ["owners"]).dangerous();
        let mapping = mapping.admin_by_default();
        connection.domains(["acme.example"]).known_roles(roles).roles(mapping)
    }
    let app = TestApp::of(TestConfig { connection: mapped, ..TestConfig::default() }).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let finish = received(&app, &mallory, &link).await;
    app.refused(app.visit(&mallory, &finish).await, JoinRefused).await;
    app.change(app.connection().dangerous().join_admin());
    joins(&app, &mallory, &link).await;
}

#[tokio::test]
async fn a_cross_site_form_or_a_token_cannot_join() {
    let app = TestApp::of(config()).await;
    let (link, mallory) = (link(&app).await, app.actor("mallory"));
    let form = format!("link={link}");
    for origin in ["https://evil.example", "null"] {
        let posted = app.post(&mallory, "/sso/1/join", &[("origin", origin)], form.clone()).await;
        app.refused(posted, CrossOrigin).await;
    }
    app.refused(app.post(&mallory, "/sso/1/join", &[], form).await, CrossOrigin).await;
    app.refused(press(&app, &mallory.by_token(), &link).await, RequestInvalid).await;
    app.refused(open(&app, &mallory.by_token(), &link).await, RequestInvalid).await;
    joins(&app, &mallory, &link).await;
}

#[tokio::test]
async fn join_links_are_listed_and_revoked_only_by_their_organization() {
    let app = TestApp::of(config()).await;
    let (acme, initech, ada) = ("1".into(), "2".into(), "ada".into());
    let first = link(&app).await;
    app.clock.seconds(1);
    let made = app.sso.create_join_link(&acme, &ada, &ReturnPath::root()).await.unwrap();
    let debug = format!("{made:?}");
    assert!(!debug.contains(made.address.expose().as_str()) && debug.contains("[secret]"), "{debug}");
    assert!(!made.address.expose().contains(made.link.id.as_str()), "the ID must not be part of the address");
    let seen = app.sso.join_links(&acme).await.unwrap();
    assert_eq!((seen.len(), &seen[0]), (2, &made.link));
    assert!(app.sso.join_links(&initech).await.unwrap().is_empty());
    assert!(!app.sso.revoke_join_link(&initech, &ada, &made.link.id).await.unwrap());
    assert_eq!(app.sso.join_links(&acme).await.unwrap().len(), 2);
    assert!(app.sso.revoke_join_link(&acme, &ada, &made.link.id).await.unwrap());
    assert!(!app.sso.revoke_join_link(&acme, &ada, &made.link.id).await.unwrap());
    // The other link is still valid.
    joins(&app, &app.actor("mallory"), &first).await;
}

#[tokio::test]
async fn full_join_links_refuse_new_ones_and_forget_none() {
    let limits = crate::support::limits(|limits| limits.join_links = 1);
    let app = TestApp::of(TestConfig { store: MemoryStore::new(limits), ..config() }).await;
    let first = link(&app).await;
    let make = || async { app.sso.create_join_link(&"1".into(), &"ada".into(), &ReturnPath::root()).await };
    assert_eq!(make().await.unwrap_err().kind(), StoreFull);
    assert_eq!(open(&app, &app.actor("mallory"), &first).await.status(), 200);
    // Expired links make room.
    app.clock.seconds(30 * 24 * 3600);
    make().await.unwrap();
    // No organization has more than a hundred links.
    let app = TestApp::of(config()).await;
    for _ in 0..100 {
        link(&app).await;
    }
    let refused = app.sso.create_join_link(&"1".into(), &"ada".into(), &ReturnPath::root()).await;
    assert_eq!(refused.unwrap_err().kind(), StoreFull);
    assert_eq!(app.sso.join_links(&"1".into()).await.unwrap().len(), 100);
}
