//! Whole SSO logins at oauth2-mock-server, which alters what it says on demand. Unusual answers are accepted. Each lie
//! is refused by exactly its kind, next to the honest SSO login that it alters.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tower_sso::login::LoginErrorKind::{self, *};

use crate::{
    mock_server::MockServer,
    organization::Organization,
    running_app::{RunningApp, UnstartedApp},
};

/// The user whom it logs in. The app must have an account with that name.
const JOHN: &str = "johndoe";

/// What a case requests from its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requirement {
    Nothing,
    /// An SSO login of the last hour.
    MaxAge,
    /// The context class `phr`.
    ContextClass,
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64().floor()
}

/// Returns the honest answer with `part` changed too. Userinfo contains what the server itself does not say.
fn bent(part: &str, change: &Value) -> Value {
    let mut bends = json!({ "userinfo": { "set": {
        "email": format!("{JOHN}@acme.example"), "email_verified": true,
    } } });
    match (part, change) {
        ("claims" | "header", change) => bends["id_token"] = json!({ part: change }),
        ("userinfo", change) => {
            let set = bends["userinfo"]["set"].as_object_mut().unwrap();
            set.extend(change["set"].as_object().cloned().unwrap_or_default());
            bends["userinfo"]["remove"] = change["remove"].clone();
            bends["userinfo"]["status"] = change["status"].clone();
        }
        (part, change) => bends[part] = change.clone(),
    }
    bends
}

fn set(name: &str, value: Value) -> Value {
    json!({ "set": { name: value } })
}

fn without(name: &str) -> Value {
    json!({ "remove": [name] })
}

/// Returns answers that are unusual but valid. `$client` and `$issuer` are replaced by those of the case.
fn oddities() -> Vec<(Requirement, Value)> {
    use Requirement::{ContextClass, MaxAge, Nothing};
    let many: serde_json::Map<String, Value> =
        (0..100).map(|at| (format!("unknown_{at}"), json!("x".repeat(100)))).collect();
    let odd = json!({
        "updated_at": "2024-02-29T12:00:00.000Z", "birthdate": "0000-02-29", "phone_number_verified": "true",
    });
    vec![
        (Nothing, bent("", &json!({}))),
        (Nothing, bent("claims", &set("aud", json!(["$client"])))),
        (Nothing, bent("claims", &set("azp", json!("$client")))),
        (Nothing, bent("header", &without("kid"))),
        (Nothing, bent("header", &set("typ", json!("application/jwt")))),
        (Nothing, bent("claims", &set("auth_time", json!(now() - 0.5)))),
        (Nothing, bent("claims", &set("auth_time", json!(0)))),
        (Nothing, bent("claims", &set("auth_time", json!("lately")))),
        (Nothing, bent("claims", &set("exp", json!(now() + 1000.5)))),
        (Nothing, bent("claims", &json!({ "set": odd }))),
        (Nothing, bent("claims", &json!({ "set": many }))),
        (Nothing, bent("userinfo", &json!({ "set": odd }))),
        (Nothing, bent("userinfo", &json!({ "set": many }))),
        (Nothing, bent("userinfo", &set("email_verified", json!("true")))),
        (Nothing, bent("redirect", &set("iss", json!("$issuer")))),
        (Nothing, bent("redirect", &set("session_state", json!("of another standard")))),
        (Nothing, bent("token_response", &set("token_type", json!("bearer")))),
        (MaxAge, bent("claims", &set("auth_time", json!(now() - 0.5)))),
        (MaxAge, bent("claims", &set("auth_time", json!(now() - 3000.5)))),
        (ContextClass, bent("claims", &set("acr", json!("phr")))),
    ]
}

fn lies() -> Vec<(Requirement, LoginErrorKind, Value)> {
    use Requirement::{ContextClass, MaxAge, Nothing};
    let mut lies = Vec::new();
    let mut tells = |part: &str, kind: LoginErrorKind, changes: Vec<Value>| {
        lies.extend(changes.iter().map(|change| (Nothing, kind, bent(part, change))));
    };
    let every = |name: &str, wrong: &[Value]| {
        let of_it = wrong.iter().map(|value| set(name, value.clone()));
        of_it.chain([without(name)]).collect::<Vec<_>>()
    };
    tells("claims", IssuerWrong, every("iss", &[json!("http://localhost:1"), json!(1)]));
    let others = [json!("another"), json!(["$client", "another"]), json!([]), json!({})];
    tells("claims", AudienceWrong, every("aud", &others));
    tells("claims", AuthorizedPartyWrong, vec![set("azp", json!("another"))]);
    tells("claims", TokenExpired, every("exp", &[json!(now() - 90.0), json!("never")]));
    let issued = [json!(now() + 3000.0), json!(now() - 1000.0), json!(null)];
    tells("claims", IssuedAtWrong, issued.iter().map(|at| set("iat", at.clone())).collect());
    tells("claims", NotYetValid, vec![set("nbf", json!(now() + 3000.0)), set("nbf", json!("now"))]);
    tells("claims", NonceWrong, every("nonce", &[json!("another"), json!(7)]));
    tells("claims", AccessTokenHashWrong, vec![set("at_hash", json!("bm90IHRoZSBoYXNo"))]);
    tells("claims", SubjectInvalid, every("sub", &[json!(""), json!(7), json!("x".repeat(256))]));
    tells("claims", EmailInvalid, vec![set("email", json!(["johndoe@acme.example"]))]);
    let another = json!({ "set": { "email": "ada@acme.example", "email_verified": true } });
    tells("claims", EmailNotOfAccount, vec![another]);
    tells("header", KeyUnknown, vec![set("kid", json!("another"))]);
    tells("header", TokenTypeWrong, vec![set("typ", json!("at+jwt")), set("typ", json!("logout+jwt"))]);
    tells("header", TokenMalformed, vec![set("kid", json!(7))]);

    tells("token_response", IdTokenMissing, vec![without("id_token")]);
    tells("token_response", TokenMalformed, vec![set("id_token", json!("x.y"))]);
    let answers = vec![set("token_type", json!("mac")), without("token_type"), without("access_token")];
    tells("token_response", TokenAnswerInvalid, answers);
    let refusal = json!({ "status": 400, "set": { "error": "invalid_grant" } });
    tells("token_response", TokenRefused, vec![refusal, set("error", json!("invalid_grant"))]);
    tells("token_response", TokenFailed, vec![json!({ "status": 500 }), json!({ "status": 429 })]);

    tells("userinfo", UserinfoSubjectWrong, every("sub", &[json!("ada"), json!(["johndoe"])]));
    tells("userinfo", UserinfoFailed, vec![json!({ "status": 500 }), json!({ "status": 401 })]);
    tells("userinfo", EmailNotOfAccount, vec![set("email", json!("ada@acme.example"))]);
    tells("userinfo", EmailMissing, vec![set("email", json!(null))]);
    tells("userinfo", EmailNotVerified, every("email_verified", &[json!(false), json!("false")]));

    tells("redirect", CallbackIssuerWrong, vec![set("iss", json!("http://localhost:1"))]);
    tells("redirect", StateMissing, vec![without("state")]);
    tells("redirect", StateUnknown, vec![set("state", json!("another"))]);
    tells("redirect", CodeMissing, vec![without("code")]);
    tells("redirect", TokenRefused, vec![set("code", json!("another"))]);
    tells("redirect", ProviderError, vec![set("error", json!("access_denied"))]);

    let issuers = vec![set("issuer", json!("http://localhost:1")), without("issuer")];
    tells("discovery", DiscoveryIssuerWrong, issuers);
    tells("discovery", DiscoveryInvalid, vec![without("jwks_uri"), without("token_endpoint")]);
    let addresses = vec![
        set("jwks_uri", json!("http://evil.example/")),
        set("token_endpoint", json!("file:///etc/passwd")),
    ];
    tells("discovery", ProviderAddressInsecure, addresses);
    let announced = set("authorization_response_iss_parameter_supported", json!(true));
    tells("discovery", CallbackIssuerMissing, vec![announced]);

    for at in [json!(0), json!("lately"), json!(null)] {
        lies.push((MaxAge, AuthTimeMissing, bent("claims", &set("auth_time", at))));
    }
    lies.push((MaxAge, AuthTimeMissing, bent("", &json!({}))));
    lies.push((MaxAge, AuthTimeTooOld, bent("claims", &set("auth_time", json!(now() - 3700.0)))));
    lies.push((ContextClass, ContextClassWrong, bent("claims", &set("acr", json!("0")))));
    lies.push((ContextClass, ContextClassWrong, bent("", &json!({}))));
    lies
}

/// Starts the server, and an app with one organization for each case, so that the cases share nothing that was learned
/// from the server.
async fn app(asks: &[Requirement]) -> (RunningApp, MockServer) {
    let organizations = asks.iter().enumerate().map(|(at, asks)| {
        let organization = Organization::new(format!("case-{at}")).authenticates("none");
        match asks {
            Requirement::Nothing => organization,
            Requirement::MaxAge => organization.settings(|it| it.max_age(Duration::from_secs(3600))),
            Requirement::ContextClass => organization.settings(|it| it.acr_values(["phr"])),
        }
    });
    let organizations = organizations.collect();
    let server = MockServer::start("PS256").await;
    let app = UnstartedApp::bind().await.open(organizations, server.issuer());
    (app, server)
}

/// Makes the server alter its answers for the organization in this way.
async fn tell(server: &mut MockServer, organization: &str, bends: &Value) {
    let text = bends.to_string().replace("$client", organization).replace("$issuer", server.issuer());
    server.bend(serde_json::from_str(&text).unwrap()).await;
}

/// Returns an honest answer to what is requested. It has the `iss` of RFC 9207, which some of the lies announced.
fn honest(asks: Requirement) -> Value {
    let mut bends = bent("redirect", &set("iss", json!("$issuer")));
    match asks {
        Requirement::Nothing => {}
        Requirement::MaxAge => bends["id_token"] = json!({ "claims": set("auth_time", json!(now())) }),
        Requirement::ContextClass => bends["id_token"] = json!({ "claims": set("acr", json!("phr")) }),
    }
    bends
}

#[tokio::test]
async fn every_honest_oddity_is_accepted() {
    let cases = oddities();
    let asks: Vec<_> = cases.iter().map(|(asks, _)| *asks).collect();
    let (app, mut server) = app(&asks).await;
    for (at, (_, bends)) in cases.iter().enumerate() {
        let organization = format!("case-{at}");
        tell(&mut server, &organization, bends).await;
        let login = app.accepts(JOHN, &organization).await;
        let told = server.bend(json!({})).await;
        for part in bends.as_object().unwrap().keys().filter(|part| !part.is_empty()) {
            assert_eq!(told[part], 1, "{bends}");
        }
        // Everything that is said about the user reaches the host.
        for said in [&bends["id_token"]["claims"]["set"], &bends["userinfo"]["set"]] {
            for (name, value) in said.as_object().into_iter().flatten() {
                let known = login.profile.attributes().get(name);
                assert!(value.to_string().contains('$') || known == Some(value), "{name}: {known:?}");
            }
        }
    }
}

#[tokio::test]
async fn each_lie_is_refused_with_its_kind_and_its_honest_twin_logs_in() {
    let cases = lies();
    let asks: Vec<_> = cases.iter().map(|(asks, ..)| *asks).collect();
    let (app, mut server) = app(&asks).await;
    for (at, (asks, kind, lie)) in cases.iter().enumerate() {
        let organization = format!("case-{at}");
        tell(&mut server, &organization, lie).await;
        app.refuses(JOHN, &organization, *kind).await;
        let told = server.bend(json!({})).await;
        // The honest userinfo is altered too, and is not always reached.
        for part in lie.as_object().unwrap().keys().filter(|part| !part.is_empty() && *part != "userinfo") {
            assert!(told[part].as_u64() >= Some(1), "{lie} was not told: {told}");
        }
        tell(&mut server, &organization, &honest(*asks)).await;
        // What could not be fetched is not requested again at once.
        app.clock.set(6);
        app.accepts(JOHN, &organization).await;
        app.clock.set(0);
    }
}
