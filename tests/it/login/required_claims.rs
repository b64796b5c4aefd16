//! Claims that a connection requires, with both protocols.

use serde_json::{Value, json};
use tower_sso::{ConnectionSettings, audit::Action, login::LoginErrorKind::ClaimRefused};
use tower_sso_test_idp::Lie;

use crate::test_app::{TestApp, TestConfig};

fn connection(settings: ConnectionSettings) -> ConnectionSettings {
    settings.required_claim("hd", ["acme.example", "acme.test"])
}

/// Sets what the provider says about users who log in with SSO there.
fn says(app: &TestApp, value: Option<Value>) {
    app.acme.honest();
    app.acme.lie(Lie::UserClaim { name: "hd".to_owned(), value });
}

/// Returns configurations that require the plan, with OpenID Connect and with SAML.
fn configs() -> [TestConfig; 2] {
    let config = || TestConfig { connection, ..TestConfig::default() };
    [config(), TestConfig { saml: Some(|settings| settings), ..config() }]
}

#[tokio::test]
pub async fn a_login_without_a_required_claim_is_refused() {
    for config in configs() {
        let app = TestApp::of(config).await;
        let ada = app.actor("ada");
        says(&app, Some(json!("acme.example")));
        app.log_in(&ada, "1").await;
        app.sso.signed_out(&ada.presents()).await.unwrap();
        app.clock.seconds(60);
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
            says(&app, value.clone());
            let finish = app.received(&ada, "1").await;
            let page = app.refused(app.visit(&ada, &finish).await, ClaimRefused).await;
            assert!(!page.contains("evil.example") && !page.contains("hd"), "{page}");
            let event = app.last();
            assert!(
                !format!("{event:?}").contains("evil.example"),
                "the event has a value that the visitor controls: {event:?}"
            );
            match event.action {
                Action::LoginRefused { detail, .. } => {
                    assert_eq!(detail.as_deref(), Some(problem), "{value:?}")
                }
                other => panic!("{other:?}"),
            }
            assert!(!app.is_logged_in(&ada, "1").await, "{value:?}");
        }
        assert_eq!(
            app.host.state.applied.lock().unwrap().len(),
            1,
            "the host was told about a refused login"
        );
        // One matching value is enough if there are several.
        says(&app, Some(json!(["other.example", "acme.test"])));
        app.log_in(&ada, "1").await;
        assert!(app.is_logged_in(&ada, "1").await, "the accepted counterpart");
    }
}

#[tokio::test]
async fn changing_the_required_claims_ends_sessions() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.change(app.connection());
    assert!(app.is_logged_in(&ada, "1").await, "the accepted counterpart");
    app.change(connection(app.connection()));
    assert!(!app.is_logged_in(&ada, "1").await);
    app.clock.seconds(60);
    says(&app, Some(json!("acme.example")));
    app.log_in(&ada, "1").await;
    app.change(app.connection().required_claim("hd", ["acme.example"]));
    assert!(!app.is_logged_in(&ada, "1").await);
}
