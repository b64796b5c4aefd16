//! Everything that an honest provider may do is accepted. Each case runs with oidc-provider from the guarded page and
//! back to it, with its own organization. If a similar case must be refused, it is tested next to it.

use serde_json::{Value, json};
use tower_sso::{
    Secret,
    login::LoginErrorKind::*,
    oidc::{ClientAuthentication, JwsAlgorithm, PushedRequests, ResponseMode, Userinfo},
};

use crate::{
    browser::Browser,
    oidc_provider::{Account, OidcProvider},
    organization::{Organization, SECRET},
    running_app::{RunningApp, UnstartedApp, account, at_the_provider},
};

const METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "none"];

#[tokio::test]
async fn every_algorithm_is_accepted_for_id_tokens_and_userinfo() {
    let signed_by = |name: String, theirs: &str, ours: JwsAlgorithm| {
        Organization::new(name)
            .registered(
                json!({ "id_token_signed_response_alg": theirs, "userinfo_signed_response_alg": theirs }),
            )
            // An answer without this signature is not accepted.
            .settings(move |settings| settings.algorithms([ours]).userinfo(Userinfo::Signed))
    };
    let mut organizations = Vec::new();
    for (at, algorithm) in JwsAlgorithm::ALL.iter().enumerate() {
        let next = JwsAlgorithm::ALL[(at + 1) % JwsAlgorithm::ALL.len()];
        organizations.push(signed_by(algorithm.as_str().to_owned(), algorithm.as_str(), *algorithm));
        organizations.push(signed_by(format!("not-{}", algorithm.as_str()), algorithm.as_str(), next));
    }
    // The newer name of the last algorithm (RFC 9864 §2.2).
    organizations.push(signed_by("Ed25519".to_owned(), "Ed25519", JwsAlgorithm::EdDsa));
    let (app, _provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    app.accepts("ada", "Ed25519").await;
    for algorithm in JwsAlgorithm::ALL {
        let login = app.accepts("ada", algorithm.as_str()).await;
        assert_eq!(login.profile.attributes()["name"], "ada");
        app.refuses("ada", &format!("not-{}", algorithm.as_str()), AlgorithmRefused).await;
    }
}

/// Returns organizations for each way of client authentication, with each way to send a request and an answer.
fn every_way() -> Vec<Organization> {
    let mut organizations = Vec::new();
    for pushed in [PushedRequests::Auto, PushedRequests::Always] {
        for mode in [ResponseMode::Query, ResponseMode::FormPost] {
            let name = |method: &str| format!("{method}-{pushed:?}-{mode:?}").to_lowercase();
            let by_secret = METHODS.map(|method| Organization::new(name(method)).authenticates(method));
            let by_key = JwsAlgorithm::ALL.iter().filter(|it| {
                // Every algorithm is used once. For the other combinations one algorithm is enough.
                **it == JwsAlgorithm::Es256 || pushed == PushedRequests::Auto && mode == ResponseMode::Query
            });
            let by_key = by_key.map(|it| {
                let name = name(&format!("private_key_jwt-{}", it.as_str()));
                Organization::new(name).signs_with(*it)
            });
            organizations.extend(by_secret.into_iter().chain(by_key).map(|organization| {
                organization.settings(move |settings| settings.pushed_requests(pushed).response_mode(mode))
            }));
        }
    }
    organizations
}

#[tokio::test]
async fn every_client_authentication_works_pushed_or_not_by_query_or_form() {
    let organizations = every_way();
    let names: Vec<_> = organizations.iter().map(|it| it.name.clone()).collect();
    let (app, mut provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    for name in names {
        provider.requests().await;
        let mut browser = Browser::new();
        app.begin(&mut browser, "ada", &name).await;
        let authorize = browser.hops().iter().find(|hop| hop.url.path() == "/auth").unwrap();
        let mut asked: Vec<_> = authorize.url.query_pairs().map(|(key, _)| key.into_owned()).collect();
        asked.sort();
        let pushes = name.contains("-always-");
        assert_eq!(asked == ["client_id", "request_uri"], pushes, "{name}: {asked:?}");
        at_the_provider(&mut browser, "ada").await;
        app.accepted(&browser, "ada", &name);

        let answer = browser.hops().iter().find(|hop| hop.url.path().ends_with("/callback")).unwrap();
        let method = if name.ends_with("-formpost") { "POST" } else { "GET" };
        assert_eq!((answer.method.as_str(), answer.url.query().is_some()), (method, method == "GET"));
        let requests = provider.requests().await;
        let of = |path: &str| requests.iter().filter(|it| it["path"] == path).collect::<Vec<_>>();
        let scheme = if name.starts_with("client_secret_basic") { json!("Basic") } else { Value::Null };
        assert_eq!((of("/request").len(), of("/token").len()), (usize::from(pushes), 1), "{name}");
        for request in of("/request").into_iter().chain(of("/token")) {
            assert_eq!(request["authorization"], scheme, "{name}");
        }
    }
}

#[tokio::test]
async fn a_client_that_cannot_authenticate_is_refused() {
    let wrong = || Secret::new("another secret, long enough to sign with".to_owned());
    let cases = [
        ("client_secret_basic", ClientAuthentication::SecretBasic(wrong())),
        ("client_secret_post", ClientAuthentication::SecretPost(wrong())),
        ("client_secret_jwt", ClientAuthentication::SecretJwt(wrong())),
        ("client_secret_basic", ClientAuthentication::None),
    ];
    let mut organizations = Vec::new();
    for (pushed, kind) in
        [(PushedRequests::Auto, TokenRefused), (PushedRequests::Always, PushedRequestRefused)]
    {
        for (at, (method, claimed)) in cases.iter().enumerate() {
            let organization = Organization::new(format!("case-{at}-{pushed:?}"));
            let organization = organization.authenticates(method).claims_to_be(claimed.clone());
            organizations
                .push((organization.settings(move |settings| settings.pushed_requests(pushed)), kind));
        }
    }
    let expected: Vec<_> = organizations.iter().map(|(it, kind)| (it.name.clone(), *kind)).collect();
    let organizations = organizations.into_iter().map(|(organization, _)| organization).collect();
    let (app, _provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    for (name, kind) in expected {
        app.refuses("ada", &name, kind).await;
    }
}

/// Returns a user with unusual claims: dates in words, booleans as text, and 10 kB that no app knows.
fn olive() -> Account {
    let mut olive = account("olive");
    let claims = olive.claims.as_object_mut().unwrap();
    claims.insert("email_verified".to_owned(), json!("true"));
    claims.insert("updated_at".to_owned(), json!("2024-02-29T12:00:00.000Z"));
    claims.insert("birthdate".to_owned(), json!("0000-12-31"));
    claims.insert("phone_number_verified".to_owned(), json!("False"));
    claims.insert("address".to_owned(), json!({ "formatted": "1 Road\r\nTown", "country": null }));
    claims.extend((0..100).map(|at| (format!("unknown_{at}"), json!("x".repeat(100)))));
    olive
}

/// Returns a user whose email address the provider does not verify.
fn doubtful(name: &str, verified: Value) -> Account {
    let mut account = account(name);
    account.claims["email_verified"] = verified;
    account
}

#[tokio::test]
async fn claims_that_exist_only_at_userinfo_are_read_however_odd_they_are() {
    let organizations = vec![
        Organization::new("userinfo"),
        Organization::new("no-userinfo").settings(|settings| settings.userinfo(Userinfo::Never)),
        Organization::new("signed")
            .registered(json!({ "userinfo_signed_response_alg": "PS256" }))
            .settings(|settings| settings.userinfo(Userinfo::Signed)),
        // Its provider answers with JSON.
        Organization::new("not-signed").settings(|settings| settings.userinfo(Userinfo::Signed)),
        Organization::new("unverified"),
    ];
    let people = [olive(), doubtful("nora", json!("False")), doubtful("ned", json!(false))];
    let (app, _provider) = RunningApp::at(organizations, &people, json!({})).await;
    for name in ["userinfo", "signed"] {
        let login = app.accepts("olive", name).await;
        let profile = login.profile.attributes();
        for (claim, value) in olive().claims.as_object().unwrap() {
            if claim != "groups" {
                assert_eq!(profile.get(claim), Some(value), "{name}");
            }
        }
        assert!(serde_json::to_string(profile).unwrap().len() > 10_000);
    }
    app.refuses("olive", "no-userinfo", EmailMissing).await;
    app.refuses("olive", "not-signed", UserinfoInvalid).await;
    app.refuses("nora", "unverified", EmailNotVerified).await;
    app.refuses("ned", "unverified", EmailNotVerified).await;
}

fn pasted(issuer: &str) -> String {
    format!("{issuer}/.well-known/openid-configuration")
}

fn with_a_slash(issuer: &str) -> String {
    format!("{issuer}/")
}

fn without_a_slash(issuer: &str) -> String {
    issuer.trim_end_matches('/').to_owned()
}

#[tokio::test]
async fn an_issuer_is_compared_exactly_even_if_pasted_from_discovery() {
    let organizations = vec![
        Organization::new("as-it-is"),
        Organization::new("pasted").issuer(pasted),
        Organization::new("slashed").issuer(with_a_slash),
    ];
    let (app, provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    for name in ["as-it-is", "pasted"] {
        let mut browser = Browser::new();
        app.log_in(&mut browser, "ada", name).await;
        app.accepted(&browser, "ada", name);
        let answer = browser.hops().iter().find(|hop| hop.url.path().ends_with("/callback")).unwrap();
        let iss = answer.url.query_pairs().find(|(key, _)| key == "iss").map(|(_, iss)| iss.into_owned());
        assert_eq!(iss.as_deref(), Some(provider.issuer()), "RFC 9207");
    }
    app.refuses("ada", "slashed", DiscoveryIssuerWrong).await;
}

#[tokio::test]
async fn an_issuer_that_ends_in_a_slash_works_with_pushed_requests_only() {
    let site = UnstartedApp::bind().await;
    let post = |name: &str| Organization::new(name).authenticates("client_secret_post");
    let secret = Secret::new(SECRET.to_owned());
    let organizations = vec![
        post("exact").settings(|settings| settings.userinfo(Userinfo::Never)),
        post("auto").claims_to_be(ClientAuthentication::SecretAuto(secret)),
        post("slashless").issuer(without_a_slash),
    ];
    let settings = json!({
        "conformIdTokenClaims": false,
        "clientAuthMethods": ["client_secret_post"],
        "features": { "pushedAuthorizationRequests": {
            "enabled": true, "requirePushedAuthorizationRequests": true,
        } },
    });
    let clients = site.clients(&organizations);
    let mut provider = OidcProvider::with_a_slash(&clients, &[olive()], settings).await;
    assert!(provider.issuer().ends_with('/'));
    let app = site.open(organizations, provider.issuer());
    let login = app.accepts("olive", "exact").await;
    assert_eq!(login.profile.attributes()["updated_at"], "2024-02-29T12:00:00.000Z");
    assert!(serde_json::to_string(&login.profile).unwrap().len() > 10_000);
    // The provider requires it, so the request was pushed.
    assert_eq!(provider.requests().await.iter().filter(|it| it["path"] == "/request").count(), 1);
    app.accepts("olive", "auto").await;
    app.refuses("olive", "slashless", DiscoveryIssuerWrong).await;
}
