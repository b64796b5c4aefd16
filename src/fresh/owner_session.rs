//! Finds the SSO session that counts for an API token, if the connection's token policy is
//! [`OwnerSession`](crate::connection::policy::TokenPolicy::OwnerSession): a session of the account that owns the
//! token, for one of its app sessions. Here "owner" always means the owner of a token, never of an organization.

use std::{sync::Arc, time::SystemTime};

use crate::{connection::checked::Connection, fresh::session::is_ahead};
use tower_sso_core::{
    AccountId, CredentialKind, Lookup, OrgId,
    internal::Split,
    keys::KeyRing,
    session::{SessionPage, SessionsOf, SsoSession},
    store::{SessionList, SessionStore},
};

/// The number of sessions that are requested at once.
const SESSIONS_PER_PAGE: usize = 100;

/// Finds the best SSO session of the account's app sessions in the organization. A session of this version of the
/// connection is better than another, then an unexpired session, then the session whose SSO login began last. By the
/// last rule, a step-up counts for the owner's tokens even if an older session lasts longer. The answer is known
/// immediately if the store answers immediately and its list has one page.
pub(crate) fn find_owner_session(
    sessions: &Arc<dyn SessionStore>,
    organization: &OrgId,
    account: &AccountId,
    connection: &Arc<Connection>,
    keys: &KeyRing,
    now: SystemTime,
) -> Lookup<Option<Arc<SsoSession>>> {
    let (connection, keys) = (Arc::clone(connection), keys.clone());
    let best = move |found, sessions| best(found, sessions, &connection, &keys, now);
    let of = SessionsOf::Member(organization.clone(), account.clone());
    let mut list = SessionList::new(of, SESSIONS_PER_PAGE);
    let first = match sessions.list(&list).split() {
        Split::Now(Err(error)) => return Lookup::failed(error),
        Split::Now(Ok(SessionPage { sessions, next: None, .. })) => {
            return Lookup::now(best(None, sessions));
        }
        Split::Now(Ok(page)) => Lookup::now(page),
        Split::Later(later) => Lookup::later(later),
    };
    let sessions = Arc::clone(sessions);
    Lookup::later(async move {
        let mut page = first.await?;
        let mut found = best(None, page.sessions);
        while let Some(next) = page.next {
            list.after = Some(next);
            page = sessions.list(&list).await?;
            found = best(found, page.sessions);
        }
        Ok(found)
    })
}

/// Returns the best of a page of sessions and the best session found so far.
fn best(
    found: Option<Arc<SsoSession>>,
    sessions: Vec<Arc<SsoSession>>,
    connection: &Connection,
    keys: &KeyRing,
    now: SystemTime,
) -> Option<Arc<SsoSession>> {
    let app_sessions = sessions.into_iter().filter(|it| it.credential.kind == CredentialKind::Session);
    found.into_iter().chain(app_sessions).max_by_key(|it| {
        let is_of_now = connection.has_version(keys, &it.connection);
        (is_of_now, it.expires_at > now && !is_ahead(it, now), it.begun_at)
    })
}

#[cfg(test)]
mod tests {
    use std::{
        sync::LazyLock,
        time::{Duration, UNIX_EPOCH},
    };

    use tower_sso_core::{
        Credential, Digest,
        session::{SessionId, SsoSession},
        store::MemoryStore,
    };

    use super::*;
    use crate::connection::{policy::Enforcement, settings::ConnectionSettings};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(4_000_000_000 + seconds)
    }

    static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::random().unwrap());
    static CONNECTION: LazyLock<Arc<Connection>> = LazyLock::new(|| {
        let settings = ConnectionSettings::example("acme", Enforcement::Enforced);
        Arc::new(settings.build().unwrap())
    });

    fn numbered(number: u64, credential: Credential) -> SsoSession {
        let id = SessionId::new(&number.to_string());
        let (begun_at, expires_at) = (at(1000 + number), at(100_000));
        SsoSession::new(
            id,
            credential,
            "acme".into(),
            "ada".into(),
            CONNECTION.version(&KEYS),
            begun_at,
            expires_at,
        )
    }

    fn changed(mut session: SsoSession, change: impl FnOnce(&mut SsoSession)) -> SsoSession {
        session.begun_at = at(15_000);
        change(&mut session);
        session
    }

    #[tokio::test]
    async fn the_owners_newest_unexpired_browser_session_is_found_on_any_page() {
        for (count, newest) in [(1, 0), (5, 3), (250, 7), (250, 249)] {
            let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
            for number in 0..count {
                let by = Credential::session(number.to_string());
                let mut session = numbered(number, by);
                if number == newest {
                    // The others last longer, but this one began last.
                    (session.begun_at, session.expires_at) = (at(10_000), at(20_000));
                }
                store.insert(Arc::new(session)).await.unwrap();
            }
            let others = [
                changed(numbered(904, Credential::session("over")), |it| {
                    (it.begun_at, it.expires_at) = (at(16_000), at(17_000));
                }),
                changed(numbered(905, Credential::session("ahead")), |it| it.begun_at = at(18_000)),
                changed(numbered(900, Credential::token("0")), |_| {}),
                changed(numbered(901, Credential::session("old")), |it| {
                    it.connection = Digest::of("test", &["another"]);
                }),
                changed(numbered(902, Credential::session("bobs")), |it| it.account = "bob".into()),
                changed(numbered(903, Credential::session("elsewhere")), |it| {
                    it.organization = "umbrella".into();
                }),
            ];
            for session in others {
                store.insert(Arc::new(session)).await.unwrap();
            }
            let found =
                find_owner_session(&store, &"acme".into(), &"ada".into(), &CONNECTION, &KEYS, at(17_000))
                    .await
                    .unwrap();
            assert_eq!(found.unwrap().id, SessionId::new(&newest.to_string()), "{count}");
        }
    }

    #[tokio::test]
    async fn a_token_of_the_owner_is_not_a_browser_session() {
        let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
        store.insert(Arc::new(numbered(1, Credential::token("t")))).await.unwrap();
        let find = || find_owner_session(&store, &"acme".into(), &"ada".into(), &CONNECTION, &KEYS, at(0));
        assert_eq!(find().await.unwrap(), None);
        store.insert(Arc::new(numbered(2, Credential::session("laptop")))).await.unwrap();
        assert!(find().await.unwrap().is_some(), "the twin");
    }
}
