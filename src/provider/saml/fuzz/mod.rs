//! The bodies of the fuzz targets that read SAML.

// A body says what it found by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod logout;
mod metadata;
mod plaintext;
pub(crate) mod redirect;
mod response;
mod rules;

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use tower_sso_core::Clock;

use crate::provider::saml::{
    Unable,
    choices::{IdpSource, SamlEngine},
    login::{Received, SamlLogin, SpAddresses},
    provider::SamlProvider,
    settings::SamlSettings,
    xmlsec::Engine,
};
use crate::{
    fuzz::{
        NOW, Verdict,
        corpus::{honest, key},
    },
    provider::outbound::{Limits, Outbound},
};

pub use self::{
    logout::{saml_logout, saml_logout_bent},
    metadata::{saml_metadata, saml_metadata_bent},
    plaintext::{saml_plaintext, saml_plaintext_bent},
    redirect::{saml_redirect, saml_redirect_bent},
    response::{saml_response, saml_response_bent},
};

/// The provider that everything in the corpus is about.
pub(crate) const IDP: &str = "https://idp.example/saml";
/// The request that every response of the corpus answers.
pub(super) const ASKED: &str = "_asked";

/// Our addresses.
pub(super) fn addresses() -> SpAddresses {
    let of = |page: &str| format!("https://hub.example/sso/1/saml/{page}");
    SpAddresses { metadata: of("metadata"), acs: of("acs"), slo: of("slo") }
}

/// A connection in the middle of an SSO login, and what an honest provider says to it.
pub(super) struct Stage {
    provider: SamlProvider,
    out: Outbound,
    addresses: SpAddresses,
    login: SamlLogin,
    clock: Clock,
    /// What responses, plaintexts, metadata and logout messages say that the provider signed.
    signed: Signed,
}

#[derive(Default)]
struct Signed {
    identities: Vec<Value>,
    metadata: Vec<metadata::Fields>,
    logouts: Vec<String>,
}

/// The connection of the corpus, judged by each engine that this build has.
static STAGES: LazyLock<Vec<Stage>> = LazyLock::new(|| {
    let pem = String::from_utf8(key("saml-provider.pem")).expect("PEM");
    let engines = [SamlEngine::Default, SamlEngine::Xmlsec];
    engines.into_iter().filter_map(|engine| Stage::by(engine, &pem, honest)).collect()
});

/// What every engine says of a document: the same, unless the document shows something that the second engine is known
/// to refuse. What is not XML shows nothing.
fn judged(document: &[u8], judge: impl Fn(&Stage) -> Verdict) -> Verdict {
    let mut verdicts = STAGES.iter().map(judge);
    let first = verdicts.next().expect("the default engine");
    for other in verdicts {
        let text = std::str::from_utf8(document).unwrap_or_default();
        assert!(
            Unable::explains(text, first, other),
            "{first:?} by the default engine, and by xmlsec {other:?}, which is unable to read {:?}",
            Unable::shown_by(text).iter().map(|unable| unable.what).collect::<Vec<_>>()
        );
    }
    first
}

impl Stage {
    /// For a provider with this key, of which these are honest documents, judged by this engine; none in a build
    /// without it.
    pub(super) fn by(engine: SamlEngine, pem: &str, honest: impl Fn(&str) -> Vec<Vec<u8>>) -> Option<Self> {
        Engine::of(engine)?;
        let settings = SamlSettings::new(IdpSource::Fields {
            entity_id: IDP.to_owned(),
            sso_url: "https://idp.example/sso".to_owned(),
            certificates: vec![pem.to_owned()],
        })
        .engine(engine);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        let (provider, addresses) = (settings.build().expect("settings that add up"), addresses());
        let login = SamlLogin {
            request_id: ASKED.to_owned(),
            acs: addresses.acs.clone(),
            sp_entity_id: addresses.metadata.clone(),
            max_age: None,
            contexts: Vec::new(),
            begun_at: now,
        };
        let (out, clock) = (Outbound::new(Limits::default()), Clock::from_fn(move || now));
        let mut stage = Self { provider, out, addresses, login, clock, signed: Signed::default() };
        let identities = honest("saml_response").into_iter().map(|xml| stage.receive(&xml).expect("honest"));
        let metadata = honest("saml_metadata").into_iter().filter_map(|xml| stage.signed_metadata(&xml).ok());
        let logouts =
            honest("saml_logout").into_iter().map(|message| stage.log_out(&message).expect("honest"));
        stage.signed = Signed {
            identities: identities.collect(),
            metadata: metadata.collect(),
            logouts: logouts.collect(),
        };
        Some(stage)
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Asserts that the provider did sign this.
    fn check_identity(&self, found: &Value) {
        assert!(self.signed.identities.contains(found), "the provider never said {found}");
    }
}

/// All that becomes of a response.
fn said(received: &Received) -> Value {
    let identity = serde_json::to_value(&received.identity.0).expect("JSON");
    json!([identity, received.replay.id, format!("{:?}", received.replay.until)])
}
