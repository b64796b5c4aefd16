//! Runs whole exchanges with a provider on a real socket. Each test of a refusal modifies one detail of an exchange
//! that is accepted.

mod addresses;
pub(crate) mod corpus;
mod discovery;
mod form;
mod keys;
mod pushed;
mod rotation;
mod rules;
pub(crate) mod test_key;
mod token;
mod userinfo;

use std::collections::HashMap;

use serde_json::{Value, json};
use tower_sso_core::{Clock, Secret};
use tower_sso_http::{Limits, Outbound};
use tower_sso_testing::{
    clock::{NOW, TestClock},
    stub::Stub,
};

use crate::{
    algorithm::JwsAlgorithm,
    authentication::ClientAuthentication,
    callback::OidcCallback,
    identity::LoginParts,
    login::{Authorization, AuthorizeRequest},
    provider::OidcProvider,
    settings::{ClientId, OidcSettings},
    tests::test_key::TestKey,
};

use crate::error::{Error, ErrorKind};

const CALLBACK: &str = "https://hub.example/sso/acme/oidc/callback";
const SECRET: &str = "a secret of more than 32 bytes: +/&?%";

/// A provider, a client of it, and a clock that both use.
struct Flow {
    stub: Stub,
    provider: OidcProvider,
    out: Outbound,
    time: TestClock,
    clock: Clock,
}

/// The provider's responses. They are accepted unless a test modifies them.
struct Exchange {
    header: Value,
    claims: Value,
    key: &'static TestKey,
    algorithm: JwsAlgorithm,
    /// Replaces the ID token that the fields above would make.
    id_token: Option<String>,
    token_answer: Value,
    callback: Vec<(&'static str, String)>,
}

impl Flow {
    async fn start() -> Self {
        Self::with(|settings| settings).await
    }

    async fn with(change: impl FnOnce(OidcSettings) -> OidcSettings) -> Self {
        let stub = Stub::start().await;
        let authentication = ClientAuthentication::SecretAuto(Secret::new(SECRET.to_owned()));
        let settings = change(OidcSettings::new(stub.url(""), ClientId::new("hub"), authentication));
        let (time, clock) = TestClock::new();
        let flow = Self {
            provider: settings.build().expect("settings that add up"),
            out: Outbound::new(Limits::default()),
            stub,
            time,
            clock,
        };
        flow.discovers(|_| ());
        flow.stub.says_json("/jwks", &json!({"keys": [TestKey::rsa().jwk("1")]}));
        flow
    }

    /// Publishes metadata, after `bend` has modified it.
    fn discovers(&self, bend: impl FnOnce(&mut Value)) {
        let mut metadata = json!({
            "issuer": self.stub.url(""),
            "authorization_endpoint": self.stub.url("/authorize"),
            "token_endpoint": self.stub.url("/token"),
            "jwks_uri": self.stub.url("/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        bend(&mut metadata);
        self.stub.says_json("/.well-known/openid-configuration", &metadata);
    }

    async fn authorize(&self) -> Result<Authorization, Error> {
        let request = AuthorizeRequest {
            redirect_uri: CALLBACK,
            login_hint: None,
            max_age: None,
            context_classes: &[],
        };
        self.provider.authorize(&self.out, request, &self.clock).await
    }

    /// Runs a whole SSO login, after `bend` has modified the provider's responses.
    async fn run(&self, bend: impl FnOnce(&mut Exchange)) -> Result<LoginParts, ErrorKind> {
        self.run_whole(bend).await.map_err(|error| error.kind())
    }

    async fn run_whole(&self, bend: impl FnOnce(&mut Exchange)) -> Result<LoginParts, Error> {
        let authorization = self.authorize().await?;
        let login = authorization.login.clone();
        let mut exchange = Exchange {
            header: json!({"alg": "RS256", "kid": "1", "typ": "JWT"}),
            claims: json!({
                "iss": self.stub.url(""),
                "sub": "248289761001",
                "aud": "hub",
                "exp": NOW + 300,
                "iat": NOW,
                "nonce": login.nonce.expose(),
                "email": "ada@acme.example",
                "email_verified": true,
            }),
            key: TestKey::rsa(),
            algorithm: JwsAlgorithm::Rs256,
            id_token: None,
            token_answer: json!({"access_token": "at-1", "token_type": "Bearer", "expires_in": "3600"}),
            callback: vec![("code", "c-1".to_owned()), ("state", authorization.state.expose().clone())],
        };
        bend(&mut exchange);
        let id_token = exchange.id_token.unwrap_or_else(|| {
            let (header, claims) = (exchange.header.to_string(), exchange.claims.to_string());
            exchange.key.sign(exchange.algorithm, &header, &claims)
        });
        if !exchange.token_answer.is_null() {
            let answer = &mut exchange.token_answer;
            if answer.get("id_token").is_none() {
                answer["id_token"] = json!(id_token);
            }
            self.stub.says_json("/token", answer);
        }
        let pairs = exchange.callback.into_iter().map(|(name, value)| (name.into(), value.into()));
        let callback = OidcCallback::parse(pairs)?;
        assert!(callback.state.matches(authorization.state.expose().as_bytes()));
        Ok(self.provider.receive(&self.out, &login, callback, &self.clock).await?.into_parts())
    }

    /// Runs the unmodified exchange, which is accepted, then each modified one, and asserts the kind of its error.
    async fn refuses<T>(
        &self,
        cases: impl IntoIterator<Item = (T, ErrorKind)>,
        bend: impl Fn(&mut Exchange, T),
    ) where
        T: Clone + std::fmt::Debug,
    {
        self.run(|_| ()).await.expect("the accepted twin");
        for (case, kind) in cases {
            let outcome = self.run(|exchange| bend(exchange, case.clone())).await;
            assert_eq!(outcome.err(), Some(kind), "{case:?}");
        }
        self.run(|_| ()).await.expect("the accepted twin, still");
    }
}

#[tokio::test]
async fn authorizing_and_receiving_can_move_between_threads() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    let flow = Flow::start().await;
    let request =
        AuthorizeRequest { redirect_uri: CALLBACK, login_hint: None, max_age: None, context_classes: &[] };
    let login =
        sent(flow.provider.authorize(&flow.out, request, &flow.clock)).await.expect("an address").login;
    let pairs = [("state", "s"), ("error", "access_denied")].map(|(name, value)| (name.into(), value.into()));
    let callback = OidcCallback::parse(pairs).expect("a callback");
    let outcome = sent(flow.provider.receive(&flow.out, &login, callback, &flow.clock)).await;
    assert_eq!(outcome.err().map(|error| error.kind()), Some(ErrorKind::ProviderError));
}

fn query(url: &str) -> HashMap<String, String> {
    url::Url::parse(url).expect("an address").query_pairs().into_owned().collect()
}

/// Sets a claim, or removes it if the value is null.
fn set(claims: &mut Value, name: &str, value: &Value) {
    let claims = claims.as_object_mut().expect("an object");
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value.clone());
    }
}
