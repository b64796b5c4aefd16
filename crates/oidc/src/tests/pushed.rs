//! Tests pushed authorization requests (RFC 9126).

use serde_json::json;

use crate::{
    error::ErrorKind::{DiscoveryInvalid, PushedRequestRefused},
    settings::PushedRequests,
    tests::{CALLBACK, Flow, query},
};

#[tokio::test]
async fn a_request_is_pushed_if_the_provider_or_the_settings_require_it() {
    for (demanded, pushed) in [(true, PushedRequests::Auto), (false, PushedRequests::Always)] {
        let flow = Flow::with(|settings| settings.pushed_requests(pushed)).await;
        flow.discovers(|metadata| {
            metadata["require_pushed_authorization_requests"] = json!(demanded);
            metadata["pushed_authorization_request_endpoint"] = json!(flow.stub.url("/par"));
        });
        let answer = json!({"request_uri": "urn:x:1&2", "expires_in": 60});
        flow.stub.says("/par", 201, "application/json", answer.to_string());
        let authorization = flow.authorize().await.expect("an address");
        let sent = query(&authorization.url);
        assert_eq!((sent["request_uri"].as_str(), sent["client_id"].as_str()), ("urn:x:1&2", "hub"));
        assert_eq!(sent.len(), 2);
        let asked = flow.stub.asked("/par").pop().expect("a request");
        for (name, value) in [
            ("client_id", "hub"),
            ("scope", "openid email profile"),
            ("state", authorization.state.expose()),
            ("redirect_uri", CALLBACK),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(asked.form.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(asked.headers.contains_key("authorization"));
        flow.run(|_| ()).await.expect("an SSO login");
    }
}

/// Every parameter is in the form exactly once, whichever method the client uses to authenticate.
#[tokio::test]
async fn a_pushed_request_contains_every_parameter_of_the_address() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let flow = Flow::with(|settings| settings.pushed_requests(PushedRequests::Always)).await;
        flow.discovers(|metadata| {
            metadata["token_endpoint_auth_methods_supported"] = json!([method]);
            metadata["pushed_authorization_request_endpoint"] = json!(flow.stub.url("/par"));
        });
        flow.stub.says("/par", 201, "application/json", r#"{"request_uri":"urn:x:1"}"#);
        flow.authorize().await.expect("an address");
        let asked = flow.stub.asked("/par").pop().expect("a request");
        let names =
            ["client_id", "code_challenge", "nonce", "redirect_uri", "response_type", "scope", "state"];
        for name in names {
            assert!(asked.form.contains_key(name), "{method}: {name}");
        }
        assert_eq!(asked.form.contains_key("client_secret"), method == "client_secret_post");
        assert_eq!(asked.headers.contains_key("authorization"), method == "client_secret_basic");
    }
}

#[tokio::test]
async fn a_refused_pushed_request_is_an_error() {
    let flow = Flow::with(|settings| settings.pushed_requests(PushedRequests::Always)).await;
    assert_eq!(flow.authorize().await.err().map(|error| error.kind()), Some(DiscoveryInvalid));
    let flow = Flow::with(|settings| settings.pushed_requests(PushedRequests::Always)).await;
    flow.discovers(|metadata| {
        metadata["pushed_authorization_request_endpoint"] = json!(flow.stub.url("/par"));
    });
    for (status, media_type, body) in [
        (400, "application/json", r#"{"error":"invalid_request"}"#),
        (500, "text/html", "<html>"),
        (201, "text/html", "<html>"),
        (201, "application/json", "{}"),
        (201, "application/json", r#"{"request_uri":"a","request_uri":"b"}"#),
        (201, "application/json", r#"{"request_uri":"a b"}"#),
        (202, "application/json", r#"{"request_uri":"urn:x:1"}"#),
    ] {
        flow.stub.says("/par", status, media_type, body);
        let outcome = flow.authorize().await.err().map(|error| error.kind());
        assert_eq!(outcome, Some(PushedRequestRefused), "{status} {body}");
    }
    flow.stub.says("/par", 201, "application/json", r#"{"request_uri":"urn:x:1"}"#);
    assert!(flow.authorize().await.is_ok());
}
