//! What every event records: the organization, the account, the connection, the network address, and who acted.

use http::StatusCode;
use serde_json::json;
use tower_sso::{
    AccountId, Credential, FileConnections,
    audit::{Action, AuditEvent, AuditedConnection, Network},
    connection::EnforcementScope,
    identity::Protocol,
    session::{RevocationScope, SessionsOf},
};
use tower_sso_test_idp::Lie;

use crate::test_app::{
    Actor, TestApp, TestConfig,
    app::ADDRESS,
    fault::{Fault, Verb},
};

fn network() -> Option<Network> {
    Some(Network::of(ADDRESS.into()))
}

/// Returns the events since the last call.
fn events(test_app: &TestApp) -> Vec<AuditEvent> {
    test_app.events.lock().unwrap().drain(..).collect()
}

fn names(events: &[AuditEvent]) -> Vec<&'static str> {
    events.iter().map(|event| event.action.name()).collect()
}

/// Asserts that an event names its organization, account, connection and network address.
fn whole(event: &AuditEvent, protocol: Protocol) {
    let name = event.action.name();
    assert_eq!(event.organization, Some("1".into()), "{name}");
    assert_eq!(event.account, Some("ada".into()), "{name}");
    assert_eq!(event.connection.map(|it| it.protocol), Some(protocol), "{name}");
    assert_eq!(event.network, network(), "{name}");
    assert_eq!(event.actor, None, "{name}: the account acted itself");
    assert!(!format!("{event:?}").contains("203.0.113.77"), "{name}: the event has the whole address");
}

#[tokio::test]
async fn login_events_name_the_account_the_connection_and_the_network() {
    let connection = |settings: tower_sso::ConnectionSettings| {
        settings.roles(
            tower_sso::roles::RoleSettings::new("groups").default_role("read").role("admin", ["admins"]),
        )
    };
    for (protocol, saml) in [(Protocol::Oidc, None), (Protocol::Saml, Some(()))] {
        let config =
            TestConfig { connection, saml: saml.map(|()| (|it| it) as fn(_) -> _), ..TestConfig::default() };
        let test_app = TestApp::of(config).await;
        let ada = test_app.actor("ada");
        test_app.log_in(&ada, "1").await;
        let seen = events(&test_app);
        let expected = ["login.begun", "login.received", "link.created", "role.applied", "login.finished"];
        assert_eq!(names(&seen), expected, "{protocol:?}");
        // The provider's site brings the response without the viewer's cookie. The pending login says whose it is.
        seen.iter().for_each(|event| whole(event, protocol));

        test_app.acme.lie(Lie::user_claim("email", json!("bob@acme.example")));
        let finish = test_app.received(&ada, "1").await;
        assert_eq!(test_app.visit(&ada, &finish).await.status(), StatusCode::FORBIDDEN);
        whole(&test_app.last(), protocol);
        test_app.acme.honest();

        events(&test_app);
        *test_app.host.state.last_admin.lock().unwrap() = true;
        test_app.log_in(&ada, "1").await;
        let kept =
            events(&test_app).into_iter().find(|it| it.action.name() == "role.kept_last_admin").unwrap();
        whole(&kept, protocol);
        match kept.action {
            Action::RoleKeptLastAdmin { reason } => {
                assert_eq!(reason, "read, by default: there is no groups")
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_undecided_request_is_recorded_with_what_was_known() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    test_app.log_in(&ada, "1").await;
    for (verb, account, organization, connection) in [
        (Verb::Viewer, false, false, false),
        (Verb::Organization, true, false, false),
        (Verb::Connection, true, true, false),
        (Verb::Membership, true, true, true),
        (Verb::SessionFind, true, true, true),
    ] {
        test_app.faults.set(Some((verb, Fault::Fails)));
        assert_eq!(test_app.ask(&ada, "/acme/x").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        let event = test_app.last();
        assert_eq!(event.action.name(), "lookup.failed");
        let known = (event.account.is_some(), event.organization.is_some(), event.connection.is_some());
        assert_eq!(known, (account, organization, connection), "{verb:?}: {event:?}");
        assert_eq!(event.network, network());
    }
}

#[tokio::test]
async fn an_administrator_who_acts_for_an_account_is_named_in_the_event() {
    let test_app = TestApp::new().await;
    let (ada, root) = (test_app.actor("ada"), tower_sso::AccountId::from("root"));
    let of = SessionsOf::Organization("1".into());
    let acting = || test_app.sso.as_actor(&root).at([198, 51, 100, 9].into());
    let logs_in = async || {
        test_app.clock.seconds(60);
        test_app.log_in(&ada, "1").await;
        events(&test_app);
        test_app.sso.organization_sessions(&"1".into(), None).await.unwrap().sessions[0].id.clone()
    };
    let named = |expected: &[&str]| {
        let events = events(&test_app);
        assert_eq!(names(&events), expected);
        for event in events {
            assert_eq!(event.actor, Some("root".into()), "{event:?}");
            assert_eq!(event.network.unwrap().to_string(), "198.51.100.0/24");
            assert_eq!(event.organization, Some("1".into()));
        }
    };
    let id = logs_in().await;
    assert!(acting().run(test_app.sso.end_session(&id, &of)).await.unwrap());
    named(&["session.revoked"]);
    logs_in().await;
    let member = RevocationScope::Member("1".into(), "ada".into());
    assert_eq!(acting().run(test_app.sso.revoke(member.clone())).await.unwrap(), 1);
    named(&["session.revoked"]);
    logs_in().await;
    assert!(acting().run(test_app.sso.unlink(&"1".into(), &"ada".into())).await.unwrap());
    named(&["session.revoked", "link.removed"]);
    // The actor of every other administrative act is recorded too.
    let back = tower_sso::ReturnPath::root();
    test_app.change(test_app.connection().domains(["acme.example"]));
    let here = "1".into();
    let made = acting().run(test_app.sso.create_join_link(&here, &root, &back)).await.unwrap();
    acting().run(test_app.sso.revoke_join_link(&here, &root, &made.link.id)).await.unwrap();
    named(&["join_link.made", "join_link.revoked"]);
    // If no actor is named, the event has no actor.
    logs_in().await;
    test_app.sso.revoke(member).await.unwrap();
    assert_eq!(test_app.last().actor, None);
    assert_eq!(test_app.last().account, Some("ada".into()), "the event names the account");
}

#[tokio::test]
async fn an_event_about_a_credential_names_it() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    test_app.log_in(&ada, "1").await;
    let proof = test_app.proof(&ada).await;
    events(&test_app);
    let (token, new) = (Credential::token("t-1"), Credential::session("new"));
    test_app.sso.authorize_token(&proof, &token.id).await.unwrap();
    test_app.sso.signed_out(&token).await.unwrap();
    test_app.sso.rebind(&"ada".into(), &ada.presents().id, &new.id).await.unwrap();
    let seen: Vec<_> = events(&test_app).into_iter().map(|it| (it.action.name(), it.credential)).collect();
    let expected = [
        ("token.authorized", Some(token.clone())),
        ("session.revoked", Some(token)),
        ("session.rebound", Some(new)),
        ("session.revoked", Some(ada.presents())),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_sign_out_is_recorded_in_each_organization_with_sessions() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    test_app.log_in(&ada, "1").await;
    test_app.log_in(&ada, "2").await;
    events(&test_app);
    assert_eq!(test_app.sso.signed_out(&ada.presents()).await.unwrap(), 2);
    let seen = events(&test_app);
    for (event, organization) in seen.iter().zip(["1", "2"]) {
        assert_eq!(event.action, Action::SessionRevoked { scope: "credential", count: 1 });
        assert_eq!(event.organization, Some(organization.into()));
        assert_eq!((&event.account, &event.credential), (&Some("ada".into()), &Some(ada.presents())));
        assert_eq!(event.connection.map(|it| it.protocol), Some(Protocol::Oidc));
    }
    assert_eq!(seen.len(), 2);
    // If no session ends, the event has only the credential.
    assert_eq!(test_app.sso.signed_out(&ada.presents()).await.unwrap(), 0);
    let event = test_app.last();
    assert_eq!((event.organization, event.account, event.credential), (None, None, Some(ada.presents())));
}

#[tokio::test]
async fn a_reload_is_recorded_for_each_connection_with_the_actor() {
    let test_app = TestApp::new().await;
    let directory = std::env::temp_dir().join(format!("tower-sso-audit-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("connections.toml");
    let table = |organization: &str, enforcement: &str| {
        format!(
            "[[connection]]\norganization = \"{organization}\"\nenforcement = \"{enforcement}\"\n\
             [connection.oidc]\nissuer = \"https://idp.example\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n"
        )
    };
    std::fs::write(&path, table("1", "optional")).unwrap();
    let connections = FileConnections::open(&path).unwrap();
    std::fs::write(&path, format!("{}{}", table("1", "enforced"), table("2", "off"))).unwrap();
    let reloaded = connections.reload().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    test_app
        .sso
        .as_actor(&"root".into())
        .run(async { test_app.sso.connections_reloaded(&reloaded) })
        .await
        .unwrap();
    let seen = events(&test_app);
    let said: Vec<_> = seen
        .iter()
        .map(|event| match &event.action {
            Action::ConnectionChanged { what } => format!("{} {what}", event.organization.as_ref().unwrap()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said, ["2 added", "1 adjusted"]);
    for (event, connection) in seen.iter().zip([&reloaded.added[0], &reloaded.adjusted[0]]) {
        assert_eq!(event.actor, Some("root".into()));
        assert_eq!(event.connection, Some(AuditedConnection::of(connection, &test_app.keys())));
    }
}

#[tokio::test]
async fn a_handler_that_requires_a_fresh_session_refuses_and_records_others() {
    let test_app = TestApp::new().await;
    let (ada, mallory) = (test_app.actor("ada"), test_app.actor("mallory"));
    test_app.change(test_app.connection().enforcement_scope(EnforcementScope::Pilot));
    // A member who may skip the SSO login, and a non-member who is not bound by the connection.
    for who in [&ada, &mallory] {
        assert_eq!(test_app.visit(who, "/fresh/acme").await.status(), StatusCode::FORBIDDEN);
        let event = &events(&test_app)[0];
        assert!(matches!(event.action, Action::FreshRequired), "{event:?}");
        assert_eq!(event.account.as_ref().map(AccountId::as_str), who.account.as_deref());
        assert_eq!(event.organization, Some("1".into()));
        assert_eq!(event.connection.map(|it| it.protocol), Some(Protocol::Oidc));
    }
    // Nobody is signed in, so no lookup is made.
    assert_eq!(test_app.visit(&Actor::nobody(), "/fresh/acme").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(events(&test_app)[0].account, None);
    test_app.log_in(&ada, "1").await;
    assert_eq!(test_app.visit(&ada, "/fresh/acme").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn visitors_who_are_not_signed_in_do_not_fill_the_log() {
    let test_app = TestApp::new().await;
    *test_app.host.state.without_sign_in.lock().unwrap() = true;
    let (ada, nobody) = (test_app.actor("ada"), Actor::nobody());
    for address in ["/sso/1/start", "/sso/nobodys/start", "/sso/1/finish", "/sso/1/tokens"] {
        let first = test_app.visit(&nobody, address).await;
        let status = first.status();
        assert_eq!(names(&events(&test_app)), ["login.refused"], "{address}");
        for _ in 0..500 {
            // The visitor still gets the same response.
            assert_eq!(test_app.visit(&nobody, address).await.status(), status, "{address}");
        }
        let seen = events(&test_app);
        assert!(seen.len() <= 120, "{address}: {}", seen.len());
        let many = |it: &&AuditEvent| matches!(it.action, Action::LoginRefused { kind, .. } if kind.as_str() == "rate_limited");
        assert_eq!(seen.iter().filter(many).count(), 1, "{address}: one event says that there were more");
        // Signed-in visitors are not affected.
        assert_eq!(
            test_app.visit(&test_app.actor("mallory"), "/sso/1/start").await.status(),
            StatusCode::FORBIDDEN
        );
        assert_eq!(names(&events(&test_app)), ["login.refused"]);
        test_app.clock.seconds(300);
    }
    test_app.log_in(&ada, "1").await;
}
