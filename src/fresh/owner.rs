//! Finds the SSO session of a token's owner that counts for the token.

use std::{sync::Arc, time::SystemTime};

use tower_sso_core::{Lookup, internal::Split};

use crate::{
    credential::CredentialKind,
    id::{AccountId, OrgId},
    session::{
        list::{SessionList, SessionPage, SessionsOf},
        sso_session::{ConnectionVersion, SsoSession},
        store::SessionStore,
    },
};

/// How many sessions are requested at once.
const PAGE: usize = 100;

/// Finds the best SSO session of the account's app sessions in the organization. Sessions of this version of the
/// connection come first, then unexpired sessions, then the session whose SSO login began last: a step-up counts for
/// the owner's tokens even if an older session lasts longer. The answer is known immediately if the store's list is
/// known immediately and has one page.
pub(crate) fn owners_session(
    sessions: &Arc<dyn SessionStore>,
    organization: &OrgId,
    account: &AccountId,
    version: ConnectionVersion,
    now: SystemTime,
) -> Lookup<Option<Arc<SsoSession>>> {
    let best = move |found, sessions| best(found, sessions, version, now);
    let of = SessionsOf::Member(organization.clone(), account.clone());
    let mut list = SessionList { of, after: None, limit: PAGE };
    let first = match sessions.list(&list).split() {
        Split::Now(Err(error)) => return Lookup::failed(error),
        Split::Now(Ok(SessionPage { sessions, next: None })) => {
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

fn best(
    found: Option<Arc<SsoSession>>,
    sessions: Vec<Arc<SsoSession>>,
    version: ConnectionVersion,
    now: SystemTime,
) -> Option<Arc<SsoSession>> {
    let in_browsers = sessions.into_iter().filter(|it| it.credential.kind == CredentialKind::Session);
    found
        .into_iter()
        .chain(in_browsers)
        .max_by_key(|it| (it.connection == version, it.expires_at > now, it.begun_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Credential,
        session::sso_session::SessionId,
        store::{
            Digest,
            contract::{at, sessions::session},
            memory::MemoryStore,
        },
    };

    fn numbered(number: u64, credential: Credential) -> SsoSession {
        let id = SessionId::new(&number.to_string());
        let begun_at = at(1000 + number);
        SsoSession { id, credential, begun_at, expires_at: at(100_000), ..session() }
    }

    #[tokio::test]
    async fn the_owners_newest_login_session_that_lasts_is_found_on_whatever_page() {
        let version = session().connection;
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
                SsoSession {
                    begun_at: at(16_000),
                    expires_at: at(17_000),
                    ..numbered(904, Credential::session("over"))
                },
                SsoSession { begun_at: at(15_000), ..numbered(900, Credential::token("0")) },
                SsoSession {
                    begun_at: at(15_000),
                    connection: Digest::of("contract", &["another"]),
                    ..numbered(901, Credential::session("old"))
                },
                SsoSession {
                    begun_at: at(15_000),
                    account: "bob".into(),
                    ..numbered(902, Credential::session("bobs"))
                },
                SsoSession {
                    begun_at: at(15_000),
                    organization: "umbrella".into(),
                    ..numbered(903, Credential::session("elsewhere"))
                },
            ];
            for session in others {
                store.insert(Arc::new(session)).await.unwrap();
            }
            let found =
                owners_session(&store, &"acme".into(), &"ada".into(), version, at(17_000)).await.unwrap();
            assert_eq!(found.unwrap().id, SessionId::new(&newest.to_string()), "{count}");
        }
    }

    #[tokio::test]
    async fn a_token_of_the_owners_is_no_login_session() {
        let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
        store.insert(Arc::new(numbered(1, Credential::token("t")))).await.unwrap();
        let find = || owners_session(&store, &"acme".into(), &"ada".into(), session().connection, at(0));
        assert_eq!(find().await.unwrap(), None);
        store.insert(Arc::new(numbered(2, Credential::session("laptop")))).await.unwrap();
        assert!(find().await.unwrap().is_some(), "the twin");
    }
}
