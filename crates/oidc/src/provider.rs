//! A client of one provider: the documents that it fetched from it, and the two halves of an SSO login.
//!
//! [`authorize`](OidcProvider::authorize) makes the request, [`receive`](OidcProvider::receive) handles the response:
//!
//! 1. `iss` of the response is compared, so that another provider's response is refused before a code is sent anywhere
//!    (RFC 9207 §2.4).
//! 2. The code is exchanged with the PKCE verifier (RFC 7636 §4.5).
//! 3. The ID token's form, algorithm and signature are checked, and then its claims.
//! 4. Userinfo is fetched if the settings say so. It must be about the same subject.
//!
//! Metadata and keys are used for an hour. If they can't be fetched again, the old copy is used for up to 24 hours. A
//! token that no cached key verifies causes one more request for the keys, at most once in 30 seconds.

use std::{fmt, sync::Arc, time::Duration};

use jsonwebtoken::DecodingKey;
use tower_sso_core::{
    Clock, ConfigError,
    internal::{context_classes, random_token},
};
use tower_sso_http::{Ages, Cached, Entry, Outbound};

use crate::{
    algorithm::Signed,
    assertion::AssertionKey,
    callback::{CallbackAnswer, OidcCallback},
    claims::Rules,
    discovery::Metadata,
    error::{
        Error,
        ErrorKind::{
            AlgorithmRefused, CallbackIssuerMissing, CallbackIssuerWrong, ContextClassWrong,
            DiscoveryInvalid, KeyAmbiguous, KeyTooWeak, KeyUnknown, ProviderError, SignatureInvalid,
        },
    },
    identity::{VerifiedLogin, verified_login},
    issuer::discovery_address,
    jws::{Jws, VerifiedClaims},
    keys::KeySet,
    login::{Authorization, AuthorizeRequest, OidcLogin},
    requests::Requests,
    settings::{OidcSettings, PushedRequests},
    token::{self, Tokens},
};

/// How long copies of the provider's metadata and keys are used.
pub(crate) const DOCUMENT_AGES: Ages =
    Ages { fresh: Duration::from_secs(60 * 60), usable: Duration::from_secs(24 * 60 * 60) };

/// A provider whose settings were checked. Cloning it is cheap; clones share the fetched documents.
///
/// Make one with [`OidcSettings::build`], and keep it: a new one has an empty cache and fetches everything again.
#[derive(Clone)]
pub struct OidcProvider(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: OidcSettings,
    key: Option<AssertionKey>,
    metadata: Cached<Metadata, Error>,
    pub(crate) keys: Cached<KeySet, Error>,
}

impl OidcProvider {
    /// Creates a provider from checked settings.
    ///
    /// Prefer [`OidcSettings::build`], which checks the settings first.
    ///
    /// # Errors
    ///
    /// Returns an error about `oidc.private_key` if the key can't sign with its algorithm.
    pub fn new(settings: OidcSettings) -> Result<Self, ConfigError> {
        let key = AssertionKey::parse(&settings.authentication)?;
        Ok(Self(Arc::new(Inner {
            settings,
            key,
            metadata: Cached::new(|_| DOCUMENT_AGES),
            keys: Cached::new(|_| DOCUMENT_AGES),
        })))
    }

    /// Begins an SSO login. Returns where the browser must go, and the data by which the provider's response will be
    /// checked.
    ///
    /// # Errors
    ///
    /// Returns an error if the provider cannot be reached, if its metadata is unusable, or if it refuses a pushed
    /// request. Returns `LookupFailed` if no random bytes are available.
    pub async fn authorize(
        &self,
        out: &Outbound,
        request: AuthorizeRequest<'_>,
        clock: &Clock,
    ) -> Result<Authorization, Error> {
        let settings = &self.0.settings;
        let metadata = self.metadata(out, clock).await?;
        let metadata = &metadata.value;
        let state = random_token()?;
        let login = OidcLogin {
            nonce: random_token()?,
            pkce_verifier: random_token()?,
            redirect_uri: request.redirect_uri.to_owned(),
            max_age: [settings.max_age, request.max_age].into_iter().flatten().min().map(|age| age.as_secs()),
            acr_values: context_classes(&settings.acr_values, request.context_classes)
                .map_err(|detail| Error::with(ContextClassWrong, detail))?,
            begun_at: clock.now(),
        };
        let requests = self.requests(metadata);
        let mut url = requests.authorize(&request, &login, &state)?;
        let pushes = match settings.pushed_requests {
            PushedRequests::Auto => metadata.requires_pushed_requests,
            PushedRequests::Always => true,
        };
        if pushes {
            let endpoint = metadata
                .pushed_request_endpoint
                .as_deref()
                .ok_or_else(|| Error::with(DiscoveryInvalid, "no pushed_authorization_request_endpoint"))?;
            let push = requests.push(endpoint, &url, clock.now())?;
            let answer = out.send("pushed_request", push, settings.reach).await?;
            url = token::pushed(&answer, metadata, &settings.client_id)?;
        }
        Ok(Authorization { url: url.into(), state, login })
    }

    /// Handles the provider's response: exchanges the code, verifies the ID token, and calls userinfo.
    ///
    /// # Errors
    ///
    /// Returns a specific kind for each check that can fail.
    pub async fn receive(
        &self,
        out: &Outbound,
        login: &OidcLogin,
        callback: OidcCallback,
        clock: &Clock,
    ) -> Result<VerifiedLogin, Error> {
        let settings = &self.0.settings;
        let metadata = self.metadata(out, clock).await?;
        let metadata = &metadata.value;
        self.check_callback_issuer(metadata, callback.issuer.as_deref())?;
        let code = match callback.answer {
            CallbackAnswer::Code(code) => code,
            CallbackAnswer::Error { code, description } => {
                return Err(Error::with(ProviderError, format!("{code}: {description}")));
            }
        };
        let exchange = self.requests(metadata).exchange(&code, login, clock.now())?;
        let tokens = Tokens::read(&out.send("token", exchange, settings.reach).await?)?;
        let claims = self.verify(out, metadata, tokens.id_token.expose(), clock).await?;
        let access_token = tokens.access_token.expose();
        let logged_in_at = self.rules(clock).check_id_token(&claims, login, access_token)?;
        let claims = claims.into_map();
        let userinfo = self.userinfo(out, metadata, access_token, claims.get("sub"), clock).await?;
        verified_login(claims, userinfo, logged_in_at)
    }

    /// Returns the issuer, as it was configured.
    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// Returns the checked settings.
    pub fn settings(&self) -> &OidcSettings {
        &self.0.settings
    }

    /// RFC 9207 §2.4: `iss` is compared if it is present, and it is required if the provider says that it always
    /// sends it.
    ///
    /// # Errors
    ///
    /// Returns `CallbackIssuerWrong` or `CallbackIssuerMissing`.
    fn check_callback_issuer(&self, metadata: &Metadata, issuer: Option<&str>) -> Result<(), Error> {
        match issuer {
            Some(issuer) if issuer == self.0.settings.issuer => Ok(()),
            Some(_) => Err(CallbackIssuerWrong.into()),
            None if metadata.names_issuer_in_callback => Err(CallbackIssuerMissing.into()),
            None => Ok(()),
        }
    }

    /// Verifies the signature of a token of any kind; the caller must check the claims. If no cached key
    /// verifies it, newer keys are fetched, at most once in 30 seconds: see [`Cached::read`].
    ///
    /// # Errors
    ///
    /// Returns `AlgorithmRefused` if the settings do not allow the algorithm, and the errors of [`Jws::parse`],
    /// [`KeySet::fetch`], [`KeySet::select`] and [`Jws::verify`].
    pub(crate) async fn verify(
        &self,
        out: &Outbound,
        metadata: &Metadata,
        token: &str,
        clock: &Clock,
    ) -> Result<VerifiedClaims, Error> {
        let settings = &self.0.settings;
        let jws = Jws::parse(token)?;
        let algorithm = match (jws.signed, settings.hmac, settings.authentication.secret()) {
            (Signed::BySecret(algorithm), Some(chosen), Some(secret)) if algorithm == chosen => {
                return jws.verify(&DecodingKey::from_secret(secret.expose().as_bytes()));
            }
            (Signed::ByKey(algorithm), None, _) if settings.algorithms.contains(&algorithm) => algorithm,
            (Signed::BySecret(_) | Signed::ByKey(_), _, _) => {
                return Err(Error::with(AlgorithmRefused, jws.signed.as_str()));
            }
        };
        let address = &metadata.jwks_uri;
        let fetch = || KeySet::fetch(out, settings.reach, address);
        let verify = |keys: &KeySet| jws.verify(&keys.select(algorithm, jws.kid.as_deref())?);
        Ok(self.0.keys.read(address, clock, fetch, newer_keys_may_help, verify).await?)
    }

    /// Returns the provider's metadata, from the cache or fetched.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Metadata::fetch`] if there is no usable copy.
    pub(crate) async fn metadata(
        &self,
        out: &Outbound,
        clock: &Clock,
    ) -> Result<Arc<Entry<Metadata>>, Error> {
        let settings = &self.0.settings;
        let fetch = Metadata::fetch(out, settings.reach, &settings.issuer);
        self.0.metadata.get(&discovery_address(&settings.issuer), clock, fetch).await
    }

    fn requests<'a>(&'a self, metadata: &'a Metadata) -> Requests<'a> {
        Requests { settings: &self.0.settings, key: self.0.key.as_ref(), metadata }
    }

    /// Returns what a token is compared with at this time.
    pub(crate) fn rules(&self, clock: &Clock) -> Rules<'_> {
        let settings = &self.0.settings;
        Rules {
            issuer: &settings.issuer,
            client_id: &settings.client_id,
            leeway: settings.leeway,
            now: clock.now(),
        }
    }
}

/// Returns whether a token that was refused with this kind may be valid under keys that the provider has published
/// since: under another `kid`, under the same one, or without one.
fn newer_keys_may_help(refused: &Error) -> bool {
    [KeyUnknown, KeyAmbiguous, KeyTooWeak, SignatureInvalid].contains(&refused.kind())
}

impl fmt::Debug for OidcProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OidcProvider").field(&self.0.settings.issuer).finish()
    }
}
