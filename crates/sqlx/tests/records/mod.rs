//! Records to store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tower_sso_core::{
    Credential, Digest, OrgId, ReturnPath,
    audit::{AuditLevel, AuditRecord},
    connection::ConnectionRecord,
    session::{Revision, RevocationScope, SessionId, SsoSession},
    store::{Claim, JoinLink, Link, LinkScope, OneTimeEntry, Revocation, ValueOwner},
};

/// Returns a time, in seconds after a start.
pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(4_000_000_000 + seconds)
}

pub fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

/// Returns a session of the account, whose login began at this revision.
pub fn session(account: &str, revision: Revision) -> SsoSession {
    let (id, credential) = (SessionId::new(account), Credential::session(format!("session of {account}")));
    let mut session =
        SsoSession::new(id, credential, "acme".into(), account.into(), digest(7), at(0), at(9_000));
    session.revision = revision;
    session.subject = format!("subject of {account}");
    session
}

pub fn revocation(account: &str, seconds: u64) -> Revocation {
    Revocation::new(RevocationScope::Account(account.into()), at(seconds), at(seconds + 600))
}

pub fn link(account: &str) -> Link {
    let scope = LinkScope("https://idp.example".to_owned(), "client".to_owned());
    Link::new("acme".into(), account.into(), scope, format!("subject of {account}"))
}

pub fn join_link(id: &str) -> JoinLink {
    JoinLink::new(id.into(), OrgId::new("acme"), "ada".into(), at(0), at(900), ReturnPath::root())
}

pub fn change(number: u64) -> ConnectionRecord {
    let by = (number > 1).then(|| "ada".into());
    ConnectionRecord::new("acme".into(), number, at(number), by, vec![0, 255, number as u8])
}

pub fn audited(reference: &str) -> AuditRecord {
    let mut record = AuditRecord::new(at(1), reference, "login.refused", AuditLevel::Warning);
    record.organization = Some("acme".into());
    record.details.insert("kind".to_owned(), "state_used".to_owned());
    record
}

pub fn value(byte: u8) -> OneTimeEntry {
    let owner = ValueOwner::new(digest(byte), 3, "acme".into());
    OneTimeEntry::new(digest(byte), owner, vec![byte; 10], at(0), Duration::from_secs(600))
}

pub fn claim(byte: u8, seconds: u64) -> Claim {
    Claim::new(digest(byte), "acme".into(), at(seconds), at(600))
}
