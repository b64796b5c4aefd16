//! The connection that the corpus was made for, and the comparison of the engines.
//!
//! Every engine of this build reads every document. They must give the same verdict.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use crate::{
    choices::{RequestBinding, SamlEngine},
    engine::Engine,
    error::ErrorKind,
    fuzz::{
        corpus::{honest, key},
        metadata::Fields,
    },
    login::{SamlLogin, SpAddresses},
    metadata::{fields::IdpFields, theirs::IdpMetadata},
    sample::messages::{IDP, NOW, addresses},
    service_provider::ServiceProvider,
    settings::Settings,
    xmlsec::unable::Unable,
};

/// Whether a document is accepted, or the kind of the refusal.
pub type Verdict = Result<(), ErrorKind>;

/// The ID of the request that every response of the corpus answers.
pub(crate) const ASKED: &str = "_asked";

/// A connection with a pending login, and the honest documents of its provider.
pub(crate) struct Stage {
    pub(crate) own: ServiceProvider,
    pub(crate) idp: IdpMetadata,
    pub(crate) addresses: SpAddresses,
    pub(crate) login: SamlLogin,
    pub(crate) now: SystemTime,
    /// The facts that the provider signed, as responses, plaintexts, metadata and logout messages contain them.
    pub(crate) signed: Signed,
}

#[derive(Default)]
pub(crate) struct Signed {
    pub(crate) identities: Vec<String>,
    pub(crate) metadata: Vec<Fields>,
    pub(crate) logouts: Vec<String>,
}

/// The connection of the corpus, once for each engine of this build.
static STAGES: LazyLock<Vec<Stage>> = LazyLock::new(|| {
    let pem = String::from_utf8(key("saml-provider.pem")).expect("PEM");
    let engines = [SamlEngine::Default, SamlEngine::Xmlsec];
    engines.into_iter().filter_map(|engine| Stage::by(engine, &pem, honest)).collect()
});

/// Returns the verdict of the default engine, and asserts that every engine gives the same one. The second engine may
/// differ only if the document needs something that it can't do. Text that is not XML needs nothing of that list.
pub(crate) fn judged(document: &[u8], judge: impl Fn(&Stage) -> Verdict) -> Verdict {
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
    /// Creates a connection to a provider with this key and these honest documents, for this engine. Returns `None` if
    /// this build does not contain the engine.
    pub(crate) fn by(engine: SamlEngine, pem: &str, honest: impl Fn(&str) -> Vec<Vec<u8>>) -> Option<Self> {
        Engine::of(engine)?;
        let own =
            ServiceProvider::new(Settings { engine, ..Settings::default() }).expect("settings that add up");
        let idp = IdpMetadata::of_fields(IdpFields {
            entity_id: IDP,
            sso_url: "https://idp.example/sso",
            slo_url: None,
            certificates: &[pem.to_owned()],
            binding: RequestBinding::Redirect,
        });
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        let addresses = addresses();
        let login = SamlLogin {
            request_id: ASKED.to_owned(),
            acs: addresses.acs.clone(),
            sp_entity_id: addresses.metadata.clone(),
            max_age: None,
            contexts: Vec::new(),
            begun_at: now,
        };
        let idp = idp.expect("fields that add up");
        let mut stage = Self { own, idp, addresses, login, now, signed: Signed::default() };
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

    /// Asserts that the provider signed this identity.
    pub(crate) fn check_identity(&self, found: &str) {
        assert!(
            self.signed.identities.iter().any(|signed| signed == found),
            "the provider never said {found}"
        );
    }
}
