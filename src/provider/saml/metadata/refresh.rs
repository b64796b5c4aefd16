//! Metadata at an address. It is fetched when it is first needed, and again from time to time.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{Request, StatusCode, header};
use tower_sso_core::Clock;

use crate::{
    error::{
        kind::LoginErrorKind::{SamlMetadataFailed, SamlSignatureInvalid},
        login_error::LoginError,
    },
    provider::{
        cache::{Ages, Cached, Entry},
        outbound::{Outbound, address::Reach},
        saml::{
            certificate::Certificate,
            metadata::theirs::{Idp, Origin, read, read_signed},
            xmlsec::Engine,
        },
    },
};

/// If a new copy cannot be fetched, the old one is used for this many times the refresh interval.
const USABLE: u32 = 7;
/// Metadata is not fetched more often than this, even if it declares a shorter lifetime.
const SHORTEST: Duration = Duration::from_secs(5 * 60);

/// A provider whose metadata is fetched from an address.
#[derive(Debug)]
pub(crate) struct RemoteMetadata {
    pub(crate) url: String,
    pub(crate) entity_id: Option<String>,
    pub(crate) signer: Option<Certificate>,
    pub(crate) engine: Engine,
    pub(crate) refresh: Duration,
    pub(crate) reach: Reach,
    pub(crate) cache: Cached<Copy>,
}

/// A copy of the metadata, and how long it may be used.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) idp: Arc<Idp>,
    ages: Ages,
}

impl RemoteMetadata {
    pub(crate) fn cache() -> Cached<Copy> {
        Cached::new(|copy: &Copy| copy.ages)
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
    pub(crate) async fn get(&self, out: &Outbound, clock: &Clock) -> Result<Arc<Entry<Copy>>, LoginError> {
        self.cache.get(&self.url, clock, self.fetch(out, clock)).await
    }

    /// Reads a message by the provider's metadata. If its signature is valid under none of the provider's keys, the
    /// provider may have changed them: the message is then read once more, with newer metadata. See [`Cached::read`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`get`](Self::get), and those of `read`.
    pub(crate) async fn verified<R>(
        &self,
        out: &Outbound,
        clock: &Clock,
        read: impl Fn(&Idp) -> Result<R, LoginError>,
    ) -> Result<R, LoginError> {
        let outdated = |kind| kind == SamlSignatureInvalid;
        let read = |copy: &Copy| read(&copy.idp);
        self.cache.read(&self.url, clock, || self.fetch(out, clock), outdated, read).await
    }

    /// Returns the cached copy, whatever its age, and how long it counts as fresh after it was fetched.
    pub(crate) fn held(&self) -> Option<(Arc<Idp>, Duration)> {
        self.cache.current().map(|held| (Arc::clone(&held.value.idp), held.value.ages.fresh))
    }

    async fn fetch(&self, out: &Outbound, clock: &Clock) -> Result<Copy, LoginError> {
        let failed = |problem: String| LoginError::with(SamlMetadataFailed, problem);
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
        Ok(Copy { idp: Arc::new(idp), ages })
    }
}

/// Returns how long the copy may be used: as long as the settings say, or less if the metadata says less.
fn ages(idp: &Idp, refresh: Duration, now: SystemTime) -> Ages {
    let left = idp.valid_until.map_or(Duration::MAX, |until| until.duration_since(now).unwrap_or_default());
    let fresh = idp.cache_for.unwrap_or(refresh).clamp(SHORTEST.min(refresh), refresh);
    Ages { fresh: fresh.min(left), usable: refresh.saturating_mul(USABLE).min(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_good_for_as_long_as_both_sides_say() {
        const DAY: Duration = Duration::from_secs(86_400);
        const HOUR: Duration = Duration::from_secs(3600);
        let now = SystemTime::UNIX_EPOCH + DAY;
        for (cache_for, left, fresh, usable) in [
            (None, None, DAY, 7 * DAY),
            (Some(HOUR), None, HOUR, 7 * DAY),
            (Some(9 * DAY), None, DAY, 7 * DAY),
            (Some(Duration::ZERO), None, SHORTEST, 7 * DAY),
            (None, Some(2 * DAY), DAY, 2 * DAY),
            (None, Some(HOUR), HOUR, HOUR),
        ] {
            let idp = Idp {
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
