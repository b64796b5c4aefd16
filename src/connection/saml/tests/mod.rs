//! Runs whole exchanges with a provider through `SamlProvider`. The tests cover what is fetched and how settings are
//! parsed.

mod engines;
mod explain;
mod fetched;
mod given;
mod kept;
mod logout;
mod metadata;
#[cfg(feature = "_engines")]
mod real_logout;
mod settings;
mod stage;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::Clock;
use tower_sso_http::{Limits, Outbound};
use tower_sso_saml::{
    Asked, SamlEngine, SamlLogin, SpAddresses,
    internal::{Node, SigningKey},
    sample::{
        messages::{IDP, addresses, instant, response},
        metadata::SSO,
    },
};
use tower_sso_test_idp::TestKey;
use tower_sso_testing::clock::{NOW, TestClock, at};

use crate::{
    connection::saml::{
        identity::Received,
        provider::{SamlProvider, Source},
        settings::SamlSettings,
        source::IdpSource,
        tests::stage::{KEY, OTHER, ask, signed},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
};

fn fields() -> IdpSource {
    IdpSource::Fields {
        entity_id: IDP.to_owned(),
        sso_url: SSO.to_owned(),
        certificates: vec![KEY.0.public_key_pem().expect("PEM")],
    }
}

/// A connection and its clock.
struct Flow {
    provider: SamlProvider,
    /// The same provider with the second engine, in a build that contains it.
    second: Option<SamlProvider>,
    out: Outbound,
    time: TestClock,
    clock: Clock,
}

impl Flow {
    fn start() -> Self {
        Self::with(|settings| settings)
    }

    fn with(change: impl FnOnce(SamlSettings) -> SamlSettings) -> Self {
        Self::of(change(SamlSettings::new(fields())))
    }

    fn of(settings: SamlSettings) -> Self {
        let (time, clock) = TestClock::new();
        let second = settings.clone().engine(SamlEngine::Xmlsec).build().ok();
        let provider = settings.build().expect("settings that add up");
        // The tests of fetched metadata count requests. There, the second provider would add its own.
        let known = matches!(provider.source(), Source::Known(_));
        Self {
            second: second.filter(|_| known),
            provider,
            out: Outbound::new(Limits::default()),
            time,
            clock,
        }
    }

    async fn authorize(&self) -> Asked {
        let addresses = addresses();
        let ask = ask(&addresses);
        self.provider.authorize(&self.out, ask, &self.clock).await.expect("a request")
    }

    async fn receive(&self, login: Option<&SamlLogin>, xml: &str) -> Result<Received, LoginError> {
        let field = STANDARD.encode(xml);
        let by = async |provider: &SamlProvider| {
            provider.receive(&self.out, login, &addresses(), &field, &self.clock).await
        };
        let received = by(&self.provider).await;
        if let Some(second) = &self.second {
            assert_eq!(said(&received), said(&by(second).await), "{xml}");
        }
        received
    }

    /// Runs a whole SSO login. `bend` modifies the response before it is signed.
    async fn run(&self, bend: impl FnOnce(&mut Node)) -> Result<Received, LoginError> {
        let login = self.authorize().await.login;
        let mut response = response(Some(login.request_id()));
        bend(&mut response);
        self.receive(Some(&login), &signed(response, &KEY.1)).await
    }

    /// Runs an SSO login like `run`, and returns the kind of its error.
    async fn kind(&self, bend: impl FnOnce(&mut Node)) -> Option<LoginErrorKind> {
        self.run(bend).await.err().map(|error| error.kind())
    }
}

/// Returns the part of an outcome that is compared between the engines.
fn said(received: &Result<Received, LoginError>) -> Result<String, LoginErrorKind> {
    match received {
        Ok(received) => Ok(format!("{:?} {:?}", received.identity.0, received.replay.id)),
        Err(error) => Err(error.kind()),
    }
}
