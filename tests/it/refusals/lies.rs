//! The lies that an OpenID Connect provider can tell, each with the error kind that refuses it.

use std::time::Duration;

use serde_json::{Value, json};
use tower_sso::{
    login::LoginErrorKind::{self, *},
    oidc::{PushedRequests, Userinfo},
};
use tower_sso_test_idp::{Answer, Change, Endpoint, Forgery, KeyForm, Lie, Oddity};

use crate::test_app::{TestApp, TestConfig};

/// What the provider or the connection must be like for a lie to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OidcSetup {
    Defaults,
    PushedRequests,
    /// The app requests an SSO login of the last minute.
    MaxAge,
    /// `acr` must be `phr`.
    ContextClass,
    UserinfoJwt,
}

impl OidcSetup {
    pub const ALL: [Self; 5] =
        [Self::Defaults, Self::PushedRequests, Self::MaxAge, Self::ContextClass, Self::UserinfoJwt];

    pub fn config(self) -> TestConfig {
        let config = TestConfig::default();
        match self {
            Self::Defaults => config,
            Self::PushedRequests => {
                TestConfig { oidc: |settings| settings.pushed_requests(PushedRequests::Always), ..config }
            }
            Self::MaxAge => {
                TestConfig { oidc: |settings| settings.max_age(Duration::from_secs(60)), ..config }
            }
            Self::ContextClass => TestConfig {
                oidc: |settings| settings.acr_values(["phr"]),
                provider: |builder| builder.acr_values(["phr"]),
                ..config
            },
            Self::UserinfoJwt => TestConfig {
                oidc: |settings| settings.userinfo(Userinfo::Signed),
                provider: |builder| builder.oddity(Oddity::UserinfoJwt),
                ..config
            },
        }
    }
}

pub type Case = (LoginErrorKind, Lie);

/// Returns a change to another value than the honest one.
fn other(value: &str) -> Change {
    Change::Value(value.to_owned())
}

fn callback() -> Vec<Case> {
    let mut cases = vec![
        (StateMissing, Lie::callback("state", Change::Missing)),
        (StateUnknown, Lie::callback("state", other("a state that nobody began with"))),
        (ParameterRepeated, Lie::callback("state", Change::Doubled)),
        (CodeMissing, Lie::callback("code", Change::Missing)),
        (TokenRefused, Lie::callback("code", other("a code that was not issued"))),
        (ParameterRepeated, Lie::callback("code", Change::Doubled)),
        (CallbackIssuerMissing, Lie::callback("iss", Change::Missing)),
        (CallbackIssuerWrong, Lie::callback("iss", other("https://evil.example"))),
        (ParameterRepeated, Lie::callback("iss", Change::Doubled)),
    ];
    // The codes of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6, and one that is not registered.
    cases.extend(
        [
            "invalid_request",
            "unauthorized_client",
            "access_denied",
            "unsupported_response_type",
            "invalid_scope",
            "server_error",
            "temporarily_unavailable",
            "interaction_required",
            "login_required",
            "account_selection_required",
            "consent_required",
            "invalid_request_uri",
            "invalid_request_object",
            "request_not_supported",
            "request_uri_not_supported",
            "registration_not_supported",
            "unmet_authentication_requirements",
            "invalid_target",
            "invalid_authorization_details",
            "insufficient_scope",
            "made_up",
        ]
        .map(|code| (ProviderError, Lie::AuthorizationError(code.to_owned()))),
    );
    cases
}

fn endpoints() -> Vec<Case> {
    use Endpoint::{Discovery, Keys, Token, Userinfo as AtUserinfo};
    let elsewhere = || Answer::Redirect("http://localhost:1/".to_owned());
    let doubled = |name: &str| Answer::DoubledKey(name.to_owned());
    let error = |code: &str| Answer::Error(code.to_owned());
    let mut cases = vec![
        (DiscoveryFailed, Lie::Answer(Discovery, Answer::Status(404))),
        (DiscoveryFailed, Lie::Answer(Discovery, Answer::Status(500))),
        (DiscoveryInvalid, Lie::Answer(Discovery, Answer::Html)),
        (DiscoveryInvalid, Lie::Answer(Discovery, Answer::BrokenJson)),
        (DiscoveryInvalid, Lie::Answer(Discovery, doubled("issuer"))),
        (DiscoveryInvalid, Lie::Discovery { name: "jwks_uri".to_owned(), value: None }),
        (DiscoveryInvalid, Lie::Discovery { name: "token_endpoint".to_owned(), value: None }),
        (DiscoveryInvalid, Lie::Discovery { name: "authorization_endpoint".to_owned(), value: None }),
        (DiscoveryIssuerWrong, Lie::Discovery { name: "issuer".to_owned(), value: None }),
        (DiscoveryIssuerWrong, Lie::discovery("issuer", "https://evil.example")),
        (ProviderAddressInsecure, Lie::discovery("token_endpoint", "http://evil.example/token")),
        (ProviderAddressInsecure, Lie::discovery("jwks_uri", "http://evil.example/keys")),
        (ProviderAddressInsecure, Lie::discovery("userinfo_endpoint", "ftp://127.0.0.1/userinfo")),
        (ProviderAddressInsecure, Lie::discovery("authorization_endpoint", "javascript:alert(1)")),
        (ProviderAddressInsecure, Lie::discovery("authorization_endpoint", "file:///etc/passwd")),
        (KeysFailed, Lie::Answer(Keys, Answer::Status(404))),
        (KeysInvalid, Lie::Answer(Keys, Answer::Json(json!({"keys": []})))),
        (KeysInvalid, Lie::Answer(Keys, Answer::Json(json!({"keys": {}})))),
        (KeysInvalid, Lie::Answer(Keys, Answer::BrokenJson)),
        (KeysInvalid, Lie::Answer(Keys, Answer::Html)),
        (TokenRefused, Lie::Answer(Token, error("invalid_grant"))),
        (TokenRefused, Lie::Answer(Token, error("invalid_client"))),
        (TokenFailed, Lie::Answer(Token, Answer::Status(500))),
        (TokenFailed, Lie::Answer(Token, Answer::Status(429))),
        (TokenAnswerInvalid, Lie::Answer(Token, Answer::Html)),
        (TokenAnswerInvalid, Lie::Answer(Token, Answer::ContentType("text/plain".to_owned()))),
        (TokenAnswerInvalid, Lie::Answer(Token, Answer::BrokenJson)),
        (TokenAnswerInvalid, Lie::Answer(Token, doubled("id_token"))),
        (TokenAnswerInvalid, Lie::Answer(Token, doubled("access_token"))),
        (TokenAnswerInvalid, Lie::TokenAnswer { name: "access_token".to_owned(), value: None }),
        (TokenAnswerInvalid, Lie::token_answer("token_type", "mac")),
        (TokenAnswerInvalid, Lie::token_answer("id_token", json!(["x"]))),
        (IdTokenMissing, Lie::TokenAnswer { name: "id_token".to_owned(), value: None }),
        (TokenMalformed, Lie::token_answer("id_token", "x")),
        (TokenMalformed, Lie::token_answer("id_token", "")),
        (TokenMalformed, Lie::token_answer("id_token", "x".repeat(200 * 1024))),
        (UserinfoFailed, Lie::Answer(AtUserinfo, Answer::Status(500))),
        (UserinfoFailed, Lie::Answer(AtUserinfo, Answer::Status(401))),
        (UserinfoInvalid, Lie::Answer(AtUserinfo, Answer::Html)),
        (UserinfoInvalid, Lie::Answer(AtUserinfo, Answer::BrokenJson)),
        (UserinfoInvalid, Lie::Answer(AtUserinfo, doubled("sub"))),
        (UserinfoSubjectWrong, Lie::userinfo_claim("sub", "bob")),
        (UserinfoSubjectWrong, Lie::userinfo_claim("sub", json!(["ada"]))),
        (UserinfoSubjectWrong, Lie::UserinfoClaim { name: "sub".to_owned(), value: None }),
    ];
    for endpoint in [Discovery, Keys, Token, AtUserinfo] {
        cases.push((ProviderAnswerTooLarge, Lie::Answer(endpoint, Answer::Huge)));
        cases.push((ProviderRedirected, Lie::Answer(endpoint, elsewhere())));
    }
    cases
}

fn signatures(issuer: &str) -> Vec<Case> {
    let signed = Lie::Signature;
    let mut cases = vec![
        (SignatureInvalid, signed(Forgery::Missing)),
        (SignatureInvalid, signed(Forgery::Garbled)),
        (SignatureInvalid, signed(Forgery::OtherKey)),
        (SignatureInvalid, signed(Forgery::EmbeddedKey)),
        (SignatureInvalid, signed(Forgery::EmbeddedCertificate)),
        (SignatureInvalid, signed(Forgery::KeySetAt(format!("{issuer}/the-attackers-keys")))),
        (SignatureInvalid, signed(Forgery::CertificateAt(format!("{issuer}/the-attackers-certificate")))),
        (KeyUnknown, signed(Forgery::UnknownKid)),
        (KeyUnknown, Lie::header("kid", "another")),
        (KeyTooWeak, Lie::WeakKey),
        (AlgorithmRefused, Lie::SymmetricKey),
        (KeyAmbiguous, Lie::SharedKid),
        (CriticalHeader, Lie::header("crit", json!(["b64"]))),
        (CriticalHeader, Lie::header("crit", json!([]))),
        (TokenTypeWrong, Lie::header("typ", "logout+jwt")),
        (TokenTypeWrong, Lie::header("typ", "at+jwt")),
        (TokenMalformed, Lie::Header { name: "alg".to_owned(), value: None }),
        (TokenMalformed, Lie::header("kid", 7)),
    ];
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        cases.push((AlgorithmRefused, signed(Forgery::Unsigned(alg.to_owned()))));
    }
    for alg in ["HS256", "HS384", "HS512", "hs256"] {
        cases.push((AlgorithmRefused, signed(Forgery::ClientSecret(alg.to_owned()))));
        for form in KeyForm::ALL {
            cases.push((AlgorithmRefused, signed(Forgery::PublicKey { alg: alg.to_owned(), form })));
        }
    }
    cases
}

fn claims(now: u64, issuer: &str) -> Vec<Case> {
    let set = |name: &str, value: Value| Lie::claim(name, value);
    let mut cases = vec![
        (TokenExpired, set("exp", json!(now - 61))),
        (IssuedAtWrong, set("iat", json!(now + 61))),
        (IssuedAtWrong, set("iat", json!(now - 24 * 3600))),
        (NotYetValid, set("nbf", json!(now + 61))),
        (NotYetValid, set("nbf", json!("soon"))),
        (AccessTokenHashWrong, set("at_hash", json!("bm90IHRoZSBoYXNo"))),
        (AccessTokenHashWrong, set("at_hash", json!(7))),
        (AuthorizedPartyWrong, set("azp", json!("another"))),
        (AuthorizedPartyWrong, set("azp", json!(["hub-1"]))),
        (AudienceWrong, set("aud", json!(["hub-1", "another"]))),
        (AudienceWrong, set("aud", json!([]))),
        (SubjectInvalid, set("sub", json!(""))),
        (SubjectInvalid, set("sub", json!("x".repeat(256)))),
        (SubjectInvalid, set("sub", json!("ad\u{e4}"))),
    ];
    let required = [
        ("iss", IssuerWrong),
        ("aud", AudienceWrong),
        ("exp", TokenExpired),
        ("iat", IssuedAtWrong),
        ("nonce", NonceWrong),
        ("sub", SubjectInvalid),
    ];
    for (name, kind) in required {
        cases.push((kind, Lie::no_claim(name)));
        for wrong in [json!(null), json!(true), json!("wrong".repeat(1000)), json!({}), json!([1])] {
            cases.push((kind, set(name, wrong)));
        }
    }
    // Each optional claim in each wrong type, and a time that is not a time.
    for (name, kind) in
        [("azp", AuthorizedPartyWrong), ("nbf", NotYetValid), ("at_hash", AccessTokenHashWrong)]
    {
        for wrong in [json!(true), json!("wrong".repeat(1000)), json!({}), json!([1]), json!("")] {
            cases.push((kind, set(name, wrong)));
        }
    }
    for (name, kind) in [("exp", TokenExpired), ("iat", IssuedAtWrong)] {
        for wrong in [json!(0), json!(-1), json!(now.to_string()), json!(f64::MIN), json!("2026-01-01")] {
            cases.push((kind, set(name, wrong)));
        }
    }
    for wrong in [json!(f64::MAX), json!(u64::MAX)] {
        cases.push((IssuedAtWrong, set("iat", wrong.clone())));
        cases.push((NotYetValid, set("nbf", wrong)));
    }
    for wrong in [json!(7), json!(["ada"]), json!("a\nb"), json!("\u{0}")] {
        cases.push((SubjectInvalid, set("sub", wrong)));
    }
    cases.push((IssuerWrong, set("iss", json!(format!("{issuer}/")))));
    cases.push((IssuerWrong, set("iss", json!(issuer.to_uppercase()))));
    cases.push((IssuerWrong, set("iss", json!([issuer]))));
    cases.push((AudienceWrong, set("aud", json!("HUB-1"))));
    // The lies that are refused because of an email address are in `login::email`.
    cases.push((EmailMissing, Lie::UserClaim { name: "email".to_owned(), value: None }));
    cases.push((EmailInvalid, Lie::user_claim("email", "ada")));
    cases.push((EmailNotVerified, Lie::user_claim("email_verified", false)));
    cases.push((EmailNotVerified, Lie::user_claim("email_verified", "false")));
    cases.push((EmailInvalid, Lie::user_claim("email", json!(["ada@acme.example"]))));
    cases.push((EmailInvalid, Lie::user_claim("email", "ada@acme.example\r\nbcc: bob@acme.example")));
    cases.push((EmailInvalid, Lie::user_claim("email", "ada @acme.example")));
    cases.push((EmailNotOfAccount, Lie::user_claim("email", "\u{430}da@acme.example")));
    cases.push((EmailNotOfAccount, Lie::user_claim("email", "bob@acme.example")));
    cases
}

/// Returns the lies that matter with this setup, as the provider is now.
pub fn cases(with: OidcSetup, app: &TestApp) -> Vec<Case> {
    let now = app.clock.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    match with {
        OidcSetup::Defaults => {
            [callback(), endpoints(), signatures(app.acme.issuer()), claims(now, app.acme.issuer())].concat()
        }
        OidcSetup::PushedRequests => vec![
            (
                PushedRequestRefused,
                Lie::Answer(Endpoint::PushedRequest, Answer::Error("invalid_request".into())),
            ),
            (PushedRequestRefused, Lie::Answer(Endpoint::PushedRequest, Answer::Status(500))),
            (PushedRequestRefused, Lie::Answer(Endpoint::PushedRequest, Answer::Json(json!({})))),
            (PushedRequestRefused, Lie::Answer(Endpoint::PushedRequest, Answer::Html)),
            (ProviderAnswerTooLarge, Lie::Answer(Endpoint::PushedRequest, Answer::Huge)),
            (ProviderRedirected, Lie::Answer(Endpoint::PushedRequest, Answer::Redirect("/".into()))),
            (
                DiscoveryInvalid,
                Lie::Discovery { name: "pushed_authorization_request_endpoint".to_owned(), value: None },
            ),
        ],
        OidcSetup::MaxAge => vec![
            (AuthTimeMissing, Lie::no_claim("auth_time")),
            (AuthTimeMissing, Lie::claim("auth_time", 0)),
            (AuthTimeMissing, Lie::claim("auth_time", "lately")),
            (AuthTimeTooOld, Lie::claim("auth_time", now - 200)),
        ],
        OidcSetup::ContextClass => vec![
            (ContextClassWrong, Lie::no_claim("acr")),
            (ContextClassWrong, Lie::claim("acr", "0")),
            (ContextClassWrong, Lie::claim("acr", json!(["phr"]))),
        ],
        OidcSetup::UserinfoJwt => vec![
            (SignatureInvalid, Lie::UserinfoSignature(Forgery::Garbled)),
            (SignatureInvalid, Lie::UserinfoSignature(Forgery::OtherKey)),
            (SignatureInvalid, Lie::UserinfoSignature(Forgery::Missing)),
            (SignatureInvalid, Lie::UserinfoSignature(Forgery::EmbeddedKey)),
            (KeyUnknown, Lie::UserinfoSignature(Forgery::UnknownKid)),
            (
                AlgorithmRefused,
                Lie::UserinfoSignature(Forgery::PublicKey { alg: "HS256".into(), form: KeyForm::Pem }),
            ),
            (AlgorithmRefused, Lie::UserinfoSignature(Forgery::Unsigned("none".into()))),
            (IssuerWrong, Lie::userinfo_claim("iss", "https://evil.example")),
            (AudienceWrong, Lie::userinfo_claim("aud", "another")),
            (UserinfoSubjectWrong, Lie::userinfo_claim("sub", "bob")),
            (
                UserinfoInvalid,
                Lie::Answer(Endpoint::Userinfo, Answer::ContentType("application/json".into())),
            ),
        ],
    }
}
