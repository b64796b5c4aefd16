//! Metadata that is fetched from an address: when it is first needed, and again when it is no longer fresh.
//!
//! If fetching fails, the last good copy is used for a limited time, never after its `validUntil`. If a signature is
//! valid under no key of the copy, newer metadata is requested once, because the provider may have changed its keys.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{Request, StatusCode, header};
use tower_sso_core::Clock;
use tower_sso_http::{Ages, Cached, Entry, NoNewerCopy, Outbound, Reach, ReadError};
use tower_sso_saml::{
    Certificate, Error, ErrorKind, IdpMetadata,
    internal::{Engine, Origin, read, read_signed},
};

use crate::error::{kind::LoginErrorKind, login_error::LoginError};

/// If a new copy cannot be fetched, the old one is used for this many times the refresh interval.
const USABLE_FACTOR: u32 = 7;
/// Metadata is not fetched more often than this, even if it declares a shorter lifetime.
const MIN_REFRESH: Duration = Duration::from_secs(5 * 60);

/// A provider whose metadata is fetched from an address.
#[derive(Debug)]
pub(crate) struct RemoteMetadata {
    pub(crate) url: String,
    pub(crate) entity_id: Option<String>,
    pub(crate) signer: Option<Certificate>,
    pub(crate) engine: Engine,
    pub(crate) refresh: Duration,
    pub(crate) reach: Reach,
    pub(crate) cache: Cached<MetadataSnapshot, FetchError>,
}

/// A copy of the metadata, and how long it may be used.
#[derive(Debug)]
pub(crate) struct MetadataSnapshot {
    pub(crate) idp: Arc<IdpMetadata>,
    ages: Ages,
}

impl RemoteMetadata {
    pub(crate) fn cache() -> Cached<MetadataSnapshot, FetchError> {
        Cached::new(|copy: &MetadataSnapshot| copy.ages)
    }

    /// Takes over the copy that an earlier version of the settings fetched, if this version would fetch and check it
    /// in the same way.
    pub(crate) fn adopt(&self, old: &Self) {
        let Self { url, entity_id, signer, engine, refresh, reach, cache: _ } = self;
        let same = *url == old.url && *entity_id == old.entity_id && *signer == old.signer;
        if same && (*engine, *refresh, *reach) == (old.engine, old.refresh, old.reach) {
            self.cache.adopt(&old.cache);
        }
    }

    /// Returns a fresh copy. If fetching fails, returns the last good copy, for a limited time and never after its
    /// `validUntil`.
    ///
    /// # Errors
    ///
    /// Returns the kinds for a provider that cannot be reached and for metadata that cannot be read.
    pub(crate) async fn get(
        &self,
        out: &Outbound,
        clock: &Clock,
    ) -> Result<Arc<Entry<MetadataSnapshot>>, LoginError> {
        Ok(self.cache.get(&self.url, clock, self.fetch(out, clock)).await?)
    }

    /// Reads a message with the provider's metadata. If no key in it verifies the signature, the provider may have
    /// changed its keys: the message is then read once more, with newer metadata. See [`Cached::read`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`get`](Self::get), and those of `read`.
    pub(crate) async fn verified<R>(
        &self,
        out: &Outbound,
        clock: &Clock,
        read: impl Fn(&IdpMetadata) -> Result<R, Error>,
    ) -> Result<R, LoginError> {
        let outdated = |error: &Error| error.kind() == ErrorKind::SamlSignatureInvalid;
        let read = |copy: &MetadataSnapshot| read(&copy.idp);
        let read = self.cache.read(&self.url, clock, || self.fetch(out, clock), outdated, read).await;
        read.map_err(|error| match error {
            ReadError::NoCopy(error) => error.into(),
            ReadError::Read(error, None) => error.into(),
            ReadError::Read(error, Some(NoNewerCopy::RequestedRecently)) => {
                LoginError::from(error).newer_keys_were_requested()
            }
            ReadError::Read(error, Some(NoNewerCopy::Failed(failed))) => {
                LoginError::from(error).without_newer_keys(&failed.into())
            }
        })
    }

    /// Returns the cached copy, whatever its age, and how long it counts as fresh after it was fetched.
    pub(crate) fn held(&self) -> Option<(Arc<IdpMetadata>, Duration)> {
        self.cache.current().map(|held| (Arc::clone(&held.value.idp), held.value.ages.fresh))
    }

    async fn fetch(&self, out: &Outbound, clock: &Clock) -> Result<MetadataSnapshot, FetchError> {
        let failed = FetchError::Failed;
        let request = Request::get(&self.url)
            .header(header::ACCEPT, "application/samlmetadata+xml, application/xml, text/xml")
            .body(Vec::new())
            .map_err(|error| failed(format!("{}: {error}", self.url)))?;
        let answer = out.send("metadata", request, self.reach).await?;
        if answer.status != StatusCode::OK {
            return Err(failed(format!("{} answered {}", self.url, answer.status)));
        }
        let xml =
            String::from_utf8(answer.body).map_err(|_| failed("the metadata is not UTF-8".to_owned()))?;
        let origin = Origin { entity_id: self.entity_id.as_deref(), address: Some(&self.url) };
        let now = clock.now();
        let idp = match &self.signer {
            Some(signer) => read_signed(&xml, origin, signer, self.engine)?,
            None => read(&xml, origin)?,
        };
        idp.check_valid(now)?;
        let ages = ages(&idp, self.refresh, now);
        Ok(MetadataSnapshot { idp: Arc::new(idp), ages })
    }
}

/// Why metadata could not be fetched.
#[derive(Clone, Debug)]
pub(crate) enum FetchError {
    /// The request failed.
    Http(tower_sso_http::Error),
    /// The response does not contain metadata.
    Failed(String),
    /// The metadata was refused.
    Refused(Error),
}

impl From<tower_sso_http::Error> for FetchError {
    fn from(error: tower_sso_http::Error) -> Self {
        Self::Http(error)
    }
}

impl From<Error> for FetchError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<FetchError> for LoginError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Http(error) => error.into(),
            FetchError::Failed(problem) => Self::with(LoginErrorKind::SamlMetadataFailed, problem),
            FetchError::Refused(error) => error.into(),
        }
    }
}

/// Returns how long the copy may be used: as long as the settings say, or less if the metadata says less.
fn ages(idp: &IdpMetadata, refresh: Duration, now: SystemTime) -> Ages {
    let left = idp.valid_until.map_or(Duration::MAX, |until| until.duration_since(now).unwrap_or_default());
    let fresh = idp.cache_for.unwrap_or(refresh).clamp(MIN_REFRESH.min(refresh), refresh);
    Ages { fresh: fresh.min(left), usable: refresh.saturating_mul(USABLE_FACTOR).min(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_valid_for_the_shorter_of_both_lifetimes() {
        const DAY: Duration = Duration::from_secs(86_400);
        const HOUR: Duration = Duration::from_secs(3600);
        let now = SystemTime::UNIX_EPOCH + DAY;
        for (cache_for, left, fresh, usable) in [
            (None, None, DAY, 7 * DAY),
            (Some(HOUR), None, HOUR, 7 * DAY),
            (Some(9 * DAY), None, DAY, 7 * DAY),
            (Some(Duration::ZERO), None, MIN_REFRESH, 7 * DAY),
            (None, Some(2 * DAY), DAY, 2 * DAY),
            (None, Some(HOUR), HOUR, HOUR),
        ] {
            let idp = IdpMetadata {
                entity_id: String::new(),
                sso: Vec::new(),
                slo: Vec::new(),
                keys: Vec::new(),
                valid_until: left.map(|left| now + left),
                cache_for,
            };
            assert_eq!(ages(&idp, DAY, now), Ages { fresh, usable }, "{cache_for:?} {left:?}");
        }
    }
}
