//! Warns the operator about certificates and metadata of a connection that expire soon. It runs
//! when an SSO login begins.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tower_sso_core::{
    Digest, OrgId,
    internal::later,
    store::{Claim, ClaimOutcome},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::AuditedConnection},
    connection::checked::Connection,
    state::Core,
};

const DAY: u64 = 24 * 60 * 60;

/// Records what has expired or expires within 30 days: one event a day for each thing, across all nodes. A failure does
/// not affect the SSO login.
pub(crate) async fn warn_of_ends(core: &Core, connection: &Connection) {
    let now = core.now();
    let (day, tomorrow) = day(now);
    for (what, at) in connection.expiring(now) {
        let key = key(connection.organization(), what, &day);
        let claim = Claim::new(key, connection.organization().clone(), now, tomorrow).notice();
        match core.with_timeout(core.one_time.claim(&claim), "one_time.claim").await {
            Ok(ClaimOutcome::First) => {
                let reference = Reference::new().unwrap_or_else(|_| Reference::none());
                let event = AuditEvent::new(now, reference, Action::Expiring { what, at });
                let mut event = event.organization(connection.organization());
                event.connection = Some(AuditedConnection::of(connection, &core.keys));
                core.record(event);
            }
            Ok(ClaimOutcome::Again) => {}
            Ok(ClaimOutcome::Full) => tracing::warn!(target: "tower_sso", what, "no room to note an end"),
            Err(error) => tracing::warn!(target: "tower_sso", %error, what, "an end was not noted"),
        }
    }
}

/// Returns the key that is claimed for a warning, so that it is recorded once a day.
fn key(organization: &OrgId, what: &str, day: &str) -> Digest {
    Digest::of("tower-sso expiring", &[organization.as_str(), what, day])
}

/// Returns the number of the day since 1970 in UTC, and the time at which the day ends.
fn day(now: SystemTime) -> (String, SystemTime) {
    let day = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / DAY;
    (day.to_string(), later(UNIX_EPOCH, Duration::from_secs((day + 1).saturating_mul(DAY))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_expiry_notice_does_not_change() {
        assert_eq!(
            key(&"1".into(), "provider_metadata", "20000").to_string(),
            "KU__1Pka1OgwT0isDID95KnAbp8XOOEJiSSKQ5139GY"
        );
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (now, name, over) in [
            (0, "0", 86_400),
            (86_399, "0", 86_400),
            (86_400, "1", 172_800),
            (20_000 * 86_400 + 5, "20000", 20_001 * 86_400),
        ] {
            assert_eq!(day(at(now)), (name.to_owned(), at(over)), "{now}");
        }
    }
}
