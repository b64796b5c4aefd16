//! What every event says: who, whose, by which connection, from which network, and who acted.

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

use crate::scene::{
    Plan, TestApp, Who,
    app::ADDRESS,
    fault::{Fault, Verb},
};

fn network() -> Option<Network> {
    Some(Network::of(ADDRESS.into()))
}

/// The events since the last time.
fn events(scene: &TestApp) -> Vec<AuditEvent> {
    scene.events.lock().unwrap().drain(..).collect()
}

fn names(events: &[AuditEvent]) -> Vec<&'static str> {
    events.iter().map(|event| event.action.name()).collect()
}

/// Asserts that an event says whose it is, by which connection, and from where.
fn whole(event: &AuditEvent, protocol: Protocol) {
    let name = event.action.name();
    assert_eq!(event.organization, Some("1".into()), "{name}");
    assert_eq!(event.account, Some("ada".into()), "{name}");
    assert_eq!(event.connection.map(|it| it.protocol), Some(protocol), "{name}");
    assert_eq!(event.network, network(), "{name}");
    assert_eq!(event.actor, None, "{name}: nobody acted in their stead");
    assert!(!format!("{event:?}").contains("203.0.113.77"), "{name}: the whole address");
}

#[tokio::test]
async fn every_event_of_a_login_says_whose_it_is_by_which_connection_and_from_which_network() {
    let connection = |settings: tower_sso::ConnectionSettings| {
        settings.roles(tower_sso::roles::RoleSettings::new("groups", "read").map("admins", "admin"))
    };
    for (protocol, saml) in [(Protocol::Oidc, None), (Protocol::Saml, Some(()))] {
        let plan = Plan { connection, saml: saml.map(|()| (|it| it) as fn(_) -> _), ..Plan::default() };
        let scene = TestApp::of(plan).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        let seen = events(&scene);
        let expected = ["login.begun", "login.received", "link.created", "role.applied", "login.finished"];
        assert_eq!(names(&seen), expected, "{protocol:?}");
        // The provider's own site brings the answer, without the viewer: whose it is, the pending login says.
        seen.iter().for_each(|event| whole(event, protocol));

        scene.acme.lie(Lie::user_claim("email", json!("bob@acme.example")));
        let finish = scene.received(&ada, "1").await;
        assert_eq!(scene.visit(&ada, &finish).await.status(), StatusCode::FORBIDDEN);
        whole(&scene.last(), protocol);
        scene.acme.honest();

        events(&scene);
        *scene.host.0.last_admin.lock().unwrap() = true;
        scene.log_in(&ada, "1").await;
        let kept = events(&scene).into_iter().find(|it| it.action.name() == "role.kept_last_admin").unwrap();
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
async fn a_request_that_could_not_be_decided_says_what_was_known_by_then() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    for (verb, account, organization, connection) in [
        (Verb::Viewer, false, false, false),
        (Verb::Organization, true, false, false),
        (Verb::Connection, true, true, false),
        (Verb::Membership, true, true, true),
        (Verb::SessionFind, true, true, true),
    ] {
        scene.switch.set(Some((verb, Fault::Fails)));
        assert_eq!(scene.ask(&ada, "/acme/x").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        let event = scene.last();
        assert_eq!(event.action.name(), "lookup.failed");
        let known = (event.account.is_some(), event.organization.is_some(), event.connection.is_some());
        assert_eq!(known, (account, organization, connection), "{verb:?}: {event:?}");
        assert_eq!(event.network, network());
    }
}

#[tokio::test]
async fn an_administrator_who_acts_for_an_account_is_named_in_the_event() {
    let scene = TestApp::new().await;
    let (ada, root) = (scene.who("ada"), tower_sso::AccountId::from("root"));
    let of = SessionsOf::Organization("1".into());
    let acting = || scene.sso.as_actor(&root).at([198, 51, 100, 9].into());
    let logs_in = async || {
        scene.hands.seconds(60);
        scene.log_in(&ada, "1").await;
        events(&scene);
        scene.sso.organization_sessions(&"1".into(), None).await.unwrap().sessions[0].id.clone()
    };
    let named = |expected: &[&str]| {
        let events = events(&scene);
        assert_eq!(names(&events), expected);
        for event in events {
            assert_eq!(event.actor, Some("root".into()), "{event:?}");
            assert_eq!(event.network.unwrap().to_string(), "198.51.100.0/24");
            assert_eq!(event.organization, Some("1".into()));
        }
    };
    let id = logs_in().await;
    assert!(acting().run(scene.sso.end_session(&id, &of)).await.unwrap());
    named(&["session.revoked"]);
    logs_in().await;
    let member = RevocationScope::Member("1".into(), "ada".into());
    assert_eq!(acting().run(scene.sso.revoke(member.clone())).await.unwrap(), 1);
    named(&["session.revoked"]);
    logs_in().await;
    assert!(acting().run(scene.sso.unlink(&"1".into(), &"ada".into())).await.unwrap());
    named(&["session.revoked", "link.removed"]);
    // And whatever else is done for them.
    let back = tower_sso::ReturnPath::root();
    scene.change(scene.connection().domains(["acme.example"]));
    let here = "1".into();
    let made = acting().run(scene.sso.make_join_link(&here, &root, &back)).await.unwrap();
    acting().run(scene.sso.revoke_join_link(&here, &root, &made.link.id)).await.unwrap();
    named(&["join_link.made", "join_link.revoked"]);
    // Without a name there is none.
    logs_in().await;
    scene.sso.revoke(member).await.unwrap();
    assert_eq!(scene.last().actor, None);
    assert_eq!(scene.last().account, Some("ada".into()), "whose it was");
}

#[tokio::test]
async fn an_event_about_a_credential_says_which() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let proof = scene.proof(&ada).await;
    events(&scene);
    let (token, new) = (Credential::token("t-1"), Credential::session("new"));
    scene.sso.authorize_token(&proof, &token.id).await.unwrap();
    scene.sso.signed_out(&token).await.unwrap();
    scene.sso.rebind(&ada.presents().id, &proof, &new.id).await.unwrap();
    let seen: Vec<_> = events(&scene).into_iter().map(|it| (it.action.name(), it.credential)).collect();
    let expected = [
        ("token.authorized", Some(token.clone())),
        ("session.revoked", Some(token)),
        ("session.rebound", Some(new)),
        ("session.revoked", Some(ada.presents())),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_sign_out_is_told_in_each_organization_that_it_ends_sessions_of() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.log_in(&ada, "2").await;
    events(&scene);
    assert_eq!(scene.sso.signed_out(&ada.presents()).await.unwrap(), 2);
    let seen = events(&scene);
    for (event, organization) in seen.iter().zip(["1", "2"]) {
        assert_eq!(event.action, Action::SessionRevoked { scope: "credential", count: 1 });
        assert_eq!(event.organization, Some(organization.into()));
        assert_eq!((&event.account, &event.credential), (&Some("ada".into()), &Some(ada.presents())));
        assert_eq!(event.connection.map(|it| it.protocol), Some(Protocol::Oidc));
    }
    assert_eq!(seen.len(), 2);
    // Where there is none, that is all there is to say.
    assert_eq!(scene.sso.signed_out(&ada.presents()).await.unwrap(), 0);
    let event = scene.last();
    assert_eq!((event.organization, event.account, event.credential), (None, None, Some(ada.presents())));
}

#[tokio::test]
async fn a_reload_is_recorded_connection_by_connection_with_who_asked_for_it() {
    let scene = TestApp::new().await;
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
    scene
        .sso
        .as_actor(&"root".into())
        .run(async { scene.sso.connections_reloaded(&reloaded) })
        .await
        .unwrap();
    let seen = events(&scene);
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
        assert_eq!(event.connection, Some(AuditedConnection::from(&**connection)));
    }
}

#[tokio::test]
async fn a_handler_that_needs_a_fresh_session_refuses_others_and_the_event_names_them() {
    let scene = TestApp::new().await;
    let (ada, mallory) = (scene.who("ada"), scene.who("mallory"));
    scene.change(scene.connection().bound(EnforcementScope::Pilot));
    // A member who may go on without, and somebody whom nothing binds.
    for who in [&ada, &mallory] {
        assert_eq!(scene.visit(who, "/fresh/acme").await.status(), StatusCode::FORBIDDEN);
        let event = &events(&scene)[0];
        assert!(matches!(event.action, Action::FreshRequired), "{event:?}");
        assert_eq!(event.account.as_ref().map(AccountId::as_str), who.account.as_deref());
        assert_eq!(event.organization, Some("1".into()));
        assert_eq!(event.connection.map(|it| it.protocol), Some(Protocol::Oidc));
    }
    // Nobody is signed in: no lookup is made for them.
    assert_eq!(scene.visit(&Who::nobody(), "/fresh/acme").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(events(&scene)[0].account, None);
    scene.log_in(&ada, "1").await;
    assert_eq!(scene.visit(&ada, "/fresh/acme").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn visitors_who_are_not_signed_in_do_not_fill_the_log() {
    let scene = TestApp::new().await;
    *scene.host.0.without_sign_in.lock().unwrap() = true;
    let (ada, nobody) = (scene.who("ada"), Who::nobody());
    for address in ["/sso/1/start", "/sso/nobodys/start", "/sso/1/finish", "/sso/1/tokens"] {
        let first = scene.visit(&nobody, address).await;
        let status = first.status();
        assert_eq!(names(&events(&scene)), ["login.refused"], "{address}");
        for _ in 0..500 {
            // What they are told stays the same.
            assert_eq!(scene.visit(&nobody, address).await.status(), status, "{address}");
        }
        let seen = events(&scene);
        assert!(seen.len() <= 120, "{address}: {}", seen.len());
        let many = |it: &&AuditEvent| matches!(it.action, Action::LoginRefused { kind, .. } if kind.as_str() == "rate_limited");
        assert_eq!(seen.iter().filter(many).count(), 1, "{address}: it is said that there were more");
        // Nobody who is signed in is any the worse.
        assert_eq!(scene.visit(&scene.who("mallory"), "/sso/1/start").await.status(), StatusCode::FORBIDDEN);
        assert_eq!(names(&events(&scene)), ["login.refused"]);
        scene.hands.seconds(300);
    }
    scene.log_in(&ada, "1").await;
}
