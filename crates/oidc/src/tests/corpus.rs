//! Makes the corpus of the fuzz targets that read OpenID Connect.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_sso_testing::{
    clock::NOW,
    corpus::{Made, accepted},
};

use crate::error::ErrorKind::{self, *};
use crate::{
    algorithm::JwsAlgorithm,
    fuzz::stage::{ACCESS_TOKEN, ISSUER, NONCE, SECRET, Stage},
    tests::set,
    tests::test_key::{TestKey, hmac},
};

/// Returns the whole corpus, signed with this run's keys.
pub(crate) fn corpus() -> Vec<Made<ErrorKind>> {
    let mut made = vec![Made::key("oidc-provider.json", keys())];
    made.extend(tokens());
    made.extend(metadata());
    made
}

#[test]
fn a_regenerated_corpus_gives_the_verdicts_in_its_file_names() {
    let made = corpus();
    let stage = Stage::new(keys().as_bytes(), &accepted(&made, "oidc_id_token"));
    for Made { target, name, bytes, refused } in &made {
        let verdict = match *target {
            "oidc_id_token" => stage.id_token(bytes),
            "oidc_metadata" => crate::fuzz::oidc_metadata(bytes),
            _ => continue,
        };
        assert_eq!(verdict.err(), *refused, "{target}/{name}");
    }
}

fn keys() -> String {
    json!({"keys": [TestKey::rsa().jwk("1"), TestKey::p256().jwk("2")]}).to_string()
}

fn claims(bend: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({
        "iss": ISSUER, "sub": "248289761001", "aud": "hub", "exp": NOW + 300, "iat": NOW, "nonce": NONCE,
        "email": "ada@acme.example", "email_verified": true, "sid": "s-1",
    });
    bend(&mut claims);
    claims.to_string()
}

fn tokens() -> Vec<Made<ErrorKind>> {
    let header = |alg: &str, kid: &str| json!({"alg": alg, "kid": kid, "typ": "JWT"}).to_string();
    let (rs, es) = (header("RS256", "1"), header("ES256", "2"));
    let rsa = |header: &str, claims: &str| TestKey::rsa().sign(JwsAlgorithm::Rs256, header, claims);
    let with = |name: &str, value: Value| rsa(&rs, &claims(|claims| set(claims, name, &value)));
    let honest = rsa(&rs, &claims(|_| ()));
    let (message, signature) = honest.rsplit_once('.').expect("three parts");
    let (_, payload) = message.split_once('.').expect("three parts");
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let accepted = [
        ("rs256.txt", honest.clone()),
        ("es256.txt", TestKey::p256().sign(JwsAlgorithm::Es256, &es, &claims(|_| ()))),
        ("another-person.txt", with("sub", json!("eve"))),
        ("array-of-audiences.txt", with("aud", json!(["hub"]))),
    ];
    let hash = |token: &str| {
        use sha2::{Digest as _, Sha256};
        URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
    };
    let refused = [
        (("none.txt", AlgorithmRefused), format!("{none}.{payload}.")),
        (
            ("hmac-with-public-key.txt", AlgorithmRefused),
            hmac(keys().as_bytes(), &header("HS256", "1"), &claims(|_| ())),
        ),
        (
            ("hmac-with-secret.txt", AlgorithmRefused),
            hmac(SECRET.as_bytes(), &header("HS256", "1"), &claims(|_| ())),
        ),
        (
            ("another-key.txt", SignatureInvalid),
            TestKey::other_rsa().sign(JwsAlgorithm::Rs256, &rs, &claims(|_| ())),
        ),
        (("unknown-key.txt", KeyUnknown), rsa(&header("RS256", "3"), &claims(|_| ()))),
        (("key-brought-along.txt", SignatureInvalid), {
            let jwk = TestKey::other_rsa().jwk("1");
            let header =
                json!({"alg": "RS256", "kid": "1", "jwk": jwk, "jku": "https://evil.example/"}).to_string();
            TestKey::other_rsa().sign(JwsAlgorithm::Rs256, &header, &claims(|_| ()))
        }),
        (
            ("critical.txt", CriticalHeader),
            rsa(r#"{"alg":"RS256","kid":"1","crit":["x"],"x":1}"#, &claims(|_| ())),
        ),
        (
            ("another-type.txt", TokenTypeWrong),
            rsa(r#"{"alg":"RS256","kid":"1","typ":"logout+jwt"}"#, &claims(|_| ())),
        ),
        (("two-parts.txt", TokenMalformed), message.to_owned()),
        (("four-parts.txt", TokenMalformed), format!("{message}.{payload}.{signature}")),
        (
            ("doubled-claim.txt", TokenMalformed),
            rsa(&rs, &claims(|_| ()).replacen('{', "{\"sub\":\"root\",", 1)),
        ),
        (("another-issuer.txt", IssuerWrong), with("iss", json!("https://another.example"))),
        (("another-audience.txt", AudienceWrong), with("aud", json!(["hub", "another"]))),
        (("expired.txt", TokenExpired), with("exp", json!(NOW - 300))),
        (("another-nonce.txt", NonceWrong), with("nonce", json!("n-2"))),
        (("another-access-token.txt", AccessTokenHashWrong), with("at_hash", json!(hash("at-2")))),
    ];
    let ours = Made::accepted(
        "oidc_id_token",
        "hash-of-access-token.txt",
        with("at_hash", json!(hash(ACCESS_TOKEN))),
    );
    let accepted = accepted.map(|(name, token)| Made::accepted("oidc_id_token", name, token));
    let refused = refused.map(|(name, token)| Made::refused("oidc_id_token", name, token));
    accepted.into_iter().chain([ours]).chain(refused).collect()
}

fn metadata() -> Vec<Made<ErrorKind>> {
    let endpoint = |name: &str| format!("{ISSUER}/{name}");
    let with = |name: &str, value: Value| {
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": endpoint("authorize"),
            "token_endpoint": endpoint("token"),
            "jwks_uri": endpoint("jwks"),
            "userinfo_endpoint": endpoint("userinfo"),
            "pushed_authorization_request_endpoint": endpoint("par"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "authorization_response_iss_parameter_supported": true,
        });
        set(&mut document, name, &value);
        document.to_string()
    };
    let honest = with("response_types_supported", json!(["code"]));
    let accepted =
        [("whole.json", honest.clone()), ("without-userinfo.json", with("userinfo_endpoint", Value::Null))];
    let refused = [
        (("another-issuer.json", DiscoveryIssuerWrong), with("issuer", json!("https://evil.example"))),
        (
            ("without-tls.json", ProviderAddressInsecure),
            with("token_endpoint", json!("http://idp.example/token")),
        ),
        (
            ("script.json", ProviderAddressInsecure),
            with("authorization_endpoint", json!("javascript:alert(1)")),
        ),
        (("fragment.json", DiscoveryInvalid), with("jwks_uri", json!("https://idp.example/jwks#x"))),
        (
            ("doubled.json", DiscoveryInvalid),
            honest.replacen('{', "{\"issuer\":\"https://evil.example\",", 1),
        ),
        (("no-token-endpoint.json", DiscoveryInvalid), with("token_endpoint", Value::Null)),
        (("no-object.json", DiscoveryInvalid), "[]".to_owned()),
    ];
    let accepted = accepted.map(|(name, text)| Made::accepted("oidc_metadata", name, text));
    let refused = refused.map(|(name, text)| Made::refused("oidc_metadata", name, text));
    accepted.into_iter().chain(refused).collect()
}
