//! What an honest provider takes and gives.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tower_sso_test_idp::{Change, ClientAuth, Lie, Oddity, SigningAlg, TestClient, TestIdpBuilder, TestKey};

use crate::app::{App, CALLBACK, Form, answer_of, between, clock, parts};

#[tokio::test]
async fn a_whole_login_works_with_every_signing_algorithm() {
    for alg in SigningAlg::ALL {
        let key = TestKey::shared(alg).unwrap();
        let mut app = App::at(|idp| idp.key(key), ClientAuth::SecretBasic).await;
        let (tokens, claims) = app.log_in().await;
        let (header, ..) = parts(tokens["id_token"].as_str().unwrap());
        assert_eq!(header["alg"], alg.as_str());
        let document = app.json("/.well-known/openid-configuration").await;
        assert_eq!(document["id_token_signing_alg_values_supported"], json!([alg.as_str()]));
        assert_eq!((&claims["sub"], &claims["nonce"]), (&json!("ada"), &json!("the nonce")));
        assert_eq!((&claims["email"], &claims["email_verified"]), (&json!("ada@acme.example"), &json!(true)));
        assert_eq!(claims["groups"], json!(["admins"]));
    }
}

#[tokio::test]
async fn a_whole_login_works_with_every_client_authentication() {
    for auth in ClientAuth::ALL {
        let mut app = App::at(|idp| idp, auth).await;
        let (tokens, _) = app.log_in().await;
        let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo.headers()["cache-control"], "no-store");
        let userinfo: Value = userinfo.json().await.unwrap();
        assert_eq!((&userinfo["sub"], &userinfo["groups"]), (&json!("ada"), &json!(["admins"])));
    }
}

#[tokio::test]
async fn a_second_login_is_silent_unless_the_request_says_otherwise() {
    let (clock, seconds) = clock();
    let mut app = App::at(|idp| idp.clock(clock), ClientAuth::SecretBasic).await;
    app.log_in().await;
    seconds.fetch_add(100, Ordering::SeqCst);
    for (name, value, silent) in [
        ("prompt", "", true),
        ("prompt", "none", true),
        ("prompt", "consent", true),
        ("prompt", "login", false),
        ("prompt", "select_account", false),
        ("max_age", "100", true),
        ("max_age", "99", false),
        ("max_age", "0", false),
    ] {
        let mut request = app.request();
        request.insert(name, value.to_owned());
        let status = app.authorize(&request).await.status();
        assert_eq!(status, if silent { 303 } else { 200 }, "{name}={value}");
    }
    let mut request = app.request();
    request.extend([("prompt", "none".to_owned()), ("max_age", "99".to_owned())]);
    assert_eq!(answer_of(&app.authorize(&request).await)["error"], "login_required");

    request.insert("prompt", "login".to_owned());
    let page = app.authorize(&request).await;
    let answer = app.sign_in(page, &[("email", "ADA@acme.example"), ("password", "lovelace")]).await;
    let tokens = app.tokens(&answer_of(&answer)["code"]).await;
    let (_, claims, _) = parts(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["auth_time"], claims["iat"]);
}

#[tokio::test]
async fn a_user_can_be_picked_from_the_list_unless_it_is_disabled() {
    let mut app = App::new().await;
    let page = app.authorize(&app.request()).await;
    let answer = app.sign_in(page, &[("pick", "bob@acme.example")]).await;
    let tokens = app.tokens(&answer_of(&answer)["code"]).await;
    assert_eq!(parts(tokens["id_token"].as_str().unwrap()).1["sub"], "bob");

    let mut app = App::at(TestIdpBuilder::without_pick_list, ClientAuth::SecretBasic).await;
    let page = app.authorize(&app.request()).await;
    let answer = app.sign_in(page, &[("pick", "bob@acme.example")]).await;
    assert_eq!(answer.status(), 403);
    assert!(!answer.text().await.unwrap().contains("bob"));
    app.log_in().await;
}

#[tokio::test]
async fn a_test_can_sign_in_as_a_user_without_a_browser() {
    let app = App::new().await;
    assert_eq!(app.idp.sign_in_as(Some("eve@acme.example")).unwrap_err().field(), "email");
    assert_eq!(app.authorize(&app.request()).await.status(), 200);
    app.idp.sign_in_as(Some("bob@acme.example")).unwrap();
    let tokens = app.tokens(&answer_of(&app.authorize(&app.request()).await)["code"]).await;
    assert_eq!(parts(tokens["id_token"].as_str().unwrap()).1["sub"], "bob");
    let mut request = app.request();
    request.insert("prompt", "none".to_owned());
    assert_eq!(answer_of(&app.authorize(&request).await)["error"], "login_required");
    app.idp.sign_in_as(None).unwrap();
    assert_eq!(app.authorize(&app.request()).await.status(), 200);
}

#[tokio::test]
async fn signing_out_ends_silent_logins() {
    let mut app = App::new().await;
    app.log_in().await;
    let home = app.send(app.http.get(app.url("/"))).await.text().await.unwrap();
    assert!(home.contains("You are signed in as") && home.contains("/sign-out"));
    assert_eq!(app.authorize(&app.request()).await.status(), 303);
    assert_eq!(app.send(app.http.get(app.url("/sign-out"))).await.status(), 200);
    assert_eq!(app.authorize(&app.request()).await.status(), 200);
}

#[tokio::test]
async fn login_hints_and_context_classes_are_honored() {
    let mut app = App::new().await;
    let mut request = app.request();
    request.extend([
        ("login_hint", "eve\"@acme.example".to_owned()),
        ("acr_values", "bronze gold silver".to_owned()),
    ]);
    let page = app.authorize(&request).await.text().await.unwrap();
    assert!(page.contains("value=\"eve&quot;@acme.example\""));
    let answer = app.callback(&request).await;
    let tokens = app.tokens(&answer["code"]).await;
    assert_eq!(parts(tokens["id_token"].as_str().unwrap()).1["acr"], "gold");
    app.idp.sign_everyone_out();
    app.cookie = None;
    assert!(!app.log_in().await.1.contains_key("acr"));
}

#[tokio::test]
async fn scopes_control_the_claims() {
    let mut app = App::new().await;
    let mut request = app.request();
    request.insert("scope", "openid".to_owned());
    let answer = app.callback(&request).await;
    let tokens = app.tokens(&answer["code"]).await;
    let (_, claims, _) = parts(tokens["id_token"].as_str().unwrap());
    assert_eq!(
        (&claims["email"], &claims["name"], &claims["sub"]),
        (&Value::Null, &Value::Null, &json!("ada"))
    );
    assert_eq!(app.log_in().await.1["email"], "ada@acme.example");
}

#[tokio::test]
async fn a_form_post_carries_the_same_answer_under_a_strict_policy() {
    let mut app = App::new().await;
    app.log_in().await;
    let mut request = app.request();
    request.insert("response_mode", "form_post".to_owned());
    let response = app.authorize(&request).await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"));
    let page = response.text().await.unwrap();
    assert!(page.contains(&format!("action=\"{}\"", CALLBACK)) && page.contains("type=\"submit\""));
    let value = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), "\"").unwrap().to_owned();
    assert_eq!((value("state").as_str(), value("iss").as_str()), ("the state", app.idp.issuer()));
    assert!(app.tokens(&value("code")).await["id_token"].is_string());
}

#[tokio::test]
async fn a_pushed_request_can_be_used_once_and_by_its_client_only() {
    for auth in ClientAuth::ALL {
        let mut app = App::at(|idp| idp, auth).await;
        app.log_in().await;
        let mut form = app.request();
        let request = app.authenticated("/par", &mut form);
        let response = request.form(&form).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let pushed: Value = response.json().await.unwrap();
        assert_eq!(pushed["expires_in"], 60);
        let uri = pushed["request_uri"].as_str().unwrap().to_owned();
        let by = |client: &str| Form::from([("client_id", client.to_owned()), ("request_uri", uri.clone())]);
        let answer = answer_of(&app.authorize(&by("hub")).await);
        assert!(app.tokens(&answer["code"]).await["id_token"].is_string());
        assert_eq!(app.authorize(&by("hub")).await.status(), 400);
    }
    let mut app = App::new().await;
    let mut form = app.request();
    form.insert("redirect_uri", "http://127.0.0.1:9/elsewhere".to_owned());
    let request = app.authenticated("/par", &mut form);
    assert_eq!(request.form(&form).send().await.unwrap().status(), 400);
    assert_eq!(app.http.post(app.url("/par")).form(&app.request()).send().await.unwrap().status(), 401);
    app.log_in().await;
}

#[tokio::test]
async fn a_client_can_require_pushed_requests() {
    let with = |client: TestClient| App::at(|idp| idp.client(client), ClientAuth::SecretBasic);
    let client = TestClient::new("pushing").redirect_uri(CALLBACK).secret("s");
    for (client, status) in [(client.clone(), 200), (client.require_pushed_requests(), 303)] {
        let app = with(client).await;
        let mut request = app.request();
        request.insert("client_id", "pushing".to_owned());
        assert_eq!(app.authorize(&request).await.status(), status);
    }
}

#[tokio::test]
async fn rotated_keys_sign_and_old_ones_verify_until_they_are_retired() {
    let mut app = App::new().await;
    let (old, _) = app.log_in().await;
    let old = old["id_token"].as_str().unwrap().to_owned();
    app.idp.rotate_keys().unwrap();
    let (new, _) = app.log_in().await;
    assert_ne!(parts(new["id_token"].as_str().unwrap()).0["kid"], parts(&old).0["kid"]);
    assert!(app.verified(&old).await.is_ok());
    app.idp.retire_old_keys();
    assert!(app.verified(&old).await.is_err());
    app.log_in().await;
}

#[tokio::test]
async fn a_replaced_key_reuses_the_kid_of_the_old_one() {
    let mut app = App::new().await;
    let (old, _) = app.log_in().await;
    let old = old["id_token"].as_str().unwrap().to_owned();
    app.idp.replace_key().unwrap();
    let (new, _) = app.log_in().await;
    let new = new["id_token"].as_str().unwrap();
    assert_eq!(parts(new).0["kid"], parts(&old).0["kid"]);
    assert!(app.verified(new).await.is_ok());
    assert!(app.verified(&old).await.is_err());
}

#[tokio::test]
async fn the_issuer_is_the_served_address_or_the_configured_one() {
    let auth = ClientAuth::SecretPost;
    let app = App::at(|idp| idp.host_name("localhost").path("/acme/"), auth).await;
    let (port, mut app) = (app.idp.address().port(), app);
    assert_eq!(app.idp.issuer(), format!("http://localhost:{port}/acme"));
    app.log_in().await;
    let mut app = App::at(|idp| idp.oddity(Oddity::TrailingSlash), auth).await;
    assert_eq!(app.idp.issuer(), format!("http://{}/", app.idp.address()));
    assert_eq!(app.json("/.well-known/openid-configuration").await["issuer"], app.idp.issuer());
    app.log_in().await;
    let app = App::at(|idp| idp.issuer("http://localhost:1/x/"), auth).await;
    assert_eq!(app.idp.issuer(), "http://localhost:1/x/");
}

#[tokio::test]
async fn the_front_page_starts_logins_at_apps() {
    let tile = TestClient::new("tile")
        .redirect_uri(CALLBACK)
        .initiate_login_uri("http://127.0.0.1:9/begin?org=acme");
    let app = App::at(|idp| idp.client(tile).title("Acme <SSO login>"), ClientAuth::SecretBasic).await;
    let page = app.http.get(app.url("/")).send().await.unwrap().text().await.unwrap();
    let port = app.idp.address().port();
    let link = format!("http://127.0.0.1:9/begin?org=acme&amp;iss=http%3A%2F%2F127.0.0.1%3A{port}\"");
    assert!(page.contains(&link), "{page}");
    assert!(page.contains("Acme &lt;SSO login&gt;") && page.contains("Nobody is signed in here"));
}

#[tokio::test]
async fn a_tile_names_the_issuer_the_user_and_the_target_unless_told_to_lie() {
    let tile = TestClient::new("tile")
        .redirect_uri(CALLBACK)
        .initiate_login_uri("http://127.0.0.1:9/begin?org=acme")
        .tile_target("http://127.0.0.1:9/acme");
    let app = App::at(|idp| idp.client(tile), ClientAuth::SecretBasic).await;
    let address = |email| app.idp.tile("tile", email).unwrap();
    let issuer = format!("http%3A%2F%2F127.0.0.1%3A{}", app.idp.address().port());
    let start = format!("http://127.0.0.1:9/begin?org=acme&iss={issuer}");
    let target = "&target_link_uri=http%3A%2F%2F127.0.0.1%3A9%2Facme";
    assert_eq!(address(None), format!("{start}{target}"));
    let whole = format!("{start}&login_hint=ada%40acme.example{target}");
    assert_eq!(address(Some("ada@acme.example")), whole);
    assert_eq!(app.idp.tile("nobody", None), None);
    app.idp.lie(Lie::tile("target_link_uri", Change::Missing));
    assert_eq!(address(None), start);
    app.idp.lie(Lie::tile("iss", Change::Doubled));
    assert_eq!(address(None), format!("{start}&iss={issuer}"));
    app.idp.honest();
    assert_eq!(address(Some("ada@acme.example")), whole);
}
