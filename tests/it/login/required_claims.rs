//! Claims that a connection requires, by both protocols.

use serde_json::{Value, json};
use tower_sso::{ConnectionSettings, audit::Action, login::LoginErrorKind::ClaimRefused};
use tower_sso_test_idp::Lie;

use crate::scene::{Plan, TestApp};

fn connection(settings: ConnectionSettings) -> ConnectionSettings {
    settings.required_claim("hd", ["acme.example", "acme.test"])
}

/// What the provider says of whoever logs in with SSO there.
fn says(scene: &TestApp, value: Option<Value>) {
    scene.acme.honest();
    scene.acme.lie(Lie::UserClaim { name: "hd".to_owned(), value });
}

/// The plan by OpenID Connect and by SAML.
fn plans() -> [Plan; 2] {
    let plan = || Plan { connection, ..Plan::default() };
    [plan(), Plan { saml: Some(|settings| settings), ..plan() }]
}

#[tokio::test]
pub async fn a_login_without_a_claim_that_the_connection_requires_is_refused() {
    for plan in plans() {
        let scene = TestApp::of(plan).await;
        let ada = scene.who("ada");
        says(&scene, Some(json!("acme.example")));
        scene.log_in(&ada, "1").await;
        scene.sso.signed_out(&ada.presents()).await.unwrap();
        scene.hands.seconds(60);
        let cases: [(Option<Value>, &str); 4] = [
            (None, "there is no hd, which the connection requires"),
            (Some(json!("evil.example")), "hd has no value that the connection allows"),
            (Some(json!("ACME.example")), "hd has no value that the connection allows"),
            (
                Some(json!(["evil.example", "acme.example.evil.example"])),
                "hd has no value that the connection allows",
            ),
        ];
        for (value, problem) in cases {
            says(&scene, value.clone());
            let finish = scene.received(&ada, "1").await;
            let page = scene.refused(scene.visit(&ada, &finish).await, ClaimRefused).await;
            assert!(!page.contains("evil.example") && !page.contains("hd"), "{page}");
            let event = scene.last();
            assert!(!format!("{event:?}").contains("evil.example"), "the value is a visitor's: {event:?}");
            match event.action {
                Action::LoginRefused { detail, .. } => {
                    assert_eq!(detail.as_deref(), Some(problem), "{value:?}")
                }
                other => panic!("{other:?}"),
            }
            assert!(!scene.is_logged_in(&ada, "1").await, "{value:?}");
        }
        assert_eq!(scene.host.0.applied.lock().unwrap().len(), 1, "the host was told of a refused one");
        // Of several values one is enough.
        says(&scene, Some(json!(["other.example", "acme.test"])));
        scene.log_in(&ada, "1").await;
        assert!(scene.is_logged_in(&ada, "1").await, "the twin");
    }
}

#[tokio::test]
async fn whom_a_login_proves_is_another_where_other_claims_are_required() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.change(scene.connection());
    assert!(scene.is_logged_in(&ada, "1").await, "the twin");
    scene.change(connection(scene.connection()));
    assert!(!scene.is_logged_in(&ada, "1").await);
    scene.hands.seconds(60);
    says(&scene, Some(json!("acme.example")));
    scene.log_in(&ada, "1").await;
    scene.change(scene.connection().required_claim("hd", ["acme.example"]));
    assert!(!scene.is_logged_in(&ada, "1").await);
}
