//! The records that a store keeps.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, de::DeserializeOwned};
use tower_sso::{
    Credential, ReturnPath, StepUp,
    identity::Protocol,
    join::JoinLink,
    session::{RevocationScope, SsoSession},
    store::{Digest, Link, LinkScope, Revocation},
    token::CredentialKind,
};

/// Asserts that a record is stored as exactly this JSON, and that this JSON is read back as the same record.
fn is_kept_as<T: Serialize + DeserializeOwned>(record: &T, json: &str) {
    assert_eq!(serde_json::to_string(record).unwrap(), json);
    let back: T = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), json, "read back");
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn scope() -> LinkScope {
    LinkScope("https://idp.example".to_owned(), "hub".to_owned())
}

pub fn credential() -> Credential {
    Credential::session("c")
}

pub fn of_provider() -> RevocationScope {
    RevocationScope::Idp {
        organization: "1".into(),
        scope: scope(),
        subject: Some("s".to_owned()),
        idp_session: None,
    }
}

#[test]
fn the_stored_form_of_an_sso_session_does_not_change() {
    let version = serde_json::to_string(&[7; 32]).unwrap();
    let kept = format!(
        concat!(
            r#"{{"id":"id","credential":{{"id":"c","kind":"token"}},"organization":"1","account":"ada","#,
            r#""connection":{},"expires_at":9000,"protocol":"oidc","scope":["https://idp.example","hub"],"#,
            r#""subject":"s","email":"ada@acme.example","idp_session":"sid","begun_at":1000,"revision":4,"signed_on_at":2000,"#,
            r#""authenticated_at":3000,"context_class":"mfa"}}"#
        ),
        version
    );
    let session: SsoSession = serde_json::from_str(&kept).unwrap();
    assert_eq!(serde_json::to_string(&session).unwrap(), kept);
    assert_eq!(session.id.as_str(), "id");
    assert_eq!(session.credential, Credential::token("c"));
    assert_eq!((session.organization.as_str(), session.account.as_str()), ("1", "ada"));
    assert_eq!(session.connection, serde_json::from_str::<Digest>(&version).unwrap());
    assert_eq!((session.protocol, session.scope), (Protocol::Oidc, scope()));
    assert_eq!((session.subject.as_str(), session.email.as_str()), ("s", "ada@acme.example"));
    assert_eq!((session.begun_at, session.revision.get(), session.logged_in_at), (at(1), 4, at(2)));
    assert_eq!((session.authenticated_at, session.expires_at), (Some(at(3)), at(9)));
    assert_eq!(
        (session.idp_session.as_deref(), session.context_class.as_deref()),
        (Some("sid"), Some("mfa"))
    );
}

#[test]
fn the_stored_form_of_links_does_not_change() {
    let (organization, account, subject) = ("1".into(), "ada".into(), "s".to_owned());
    is_kept_as(
        &Link::new(organization, account, scope(), subject),
        r#"{"organization":"1","account":"ada","scope":["https://idp.example","hub"],"subject":"s"}"#,
    );
    let mut join_link =
        JoinLink::new("j-1".into(), "1".into(), "ada".into(), at(1), at(2), ReturnPath::root());
    join_link.uses = 3;
    is_kept_as(
        &join_link,
        r#"{"id":"j-1","organization":"1","made_by":"ada","made_at":1000,"expires_at":2000,"return_to":"/","uses":3}"#,
    );
}

#[test]
fn the_stored_form_of_a_revocation_does_not_change() {
    let (credential, account) = (credential(), || "ada".into());
    for (scope, kept) in [
        (RevocationScope::Credential(credential.clone()), r#"{"Credential":{"id":"c","kind":"session"}}"#),
        (
            RevocationScope::AccountCredential { credential: credential.clone(), account: account() },
            r#"{"AccountCredential":{"credential":{"id":"c","kind":"session"},"account":"ada"}}"#,
        ),
        (
            RevocationScope::Session { credential, organization: "1".into(), account: account() },
            r#"{"Session":{"credential":{"id":"c","kind":"session"},"organization":"1","account":"ada"}}"#,
        ),
        (RevocationScope::Account(account()), r#"{"Account":"ada"}"#),
        (RevocationScope::Member("1".into(), account()), r#"{"Member":["1","ada"]}"#),
        (
            RevocationScope::OtherEmails { account: account(), emails: vec!["e".to_owned()] },
            r#"{"OtherEmails":{"account":"ada","emails":["e"]}}"#,
        ),
        (RevocationScope::Organization("1".into()), r#"{"Organization":"1"}"#),
        (
            of_provider(),
            r#"{"Idp":{"organization":"1","scope":["https://idp.example","hub"],"subject":"s","idp_session":null}}"#,
        ),
    ] {
        let revocation = Revocation::new(scope, at(1), at(2));
        is_kept_as(&revocation, &format!(r#"{{"scope":{kept},"at":1000,"mark_until":2000}}"#));
    }
}

#[test]
fn the_stored_form_of_values_in_records_does_not_change() {
    is_kept_as(&[CredentialKind::Session, CredentialKind::Token], r#"["session","token"]"#);
    is_kept_as(&CredentialKind::OrganizationToken, r#""organization_token""#);
    is_kept_as(&[Protocol::Oidc, Protocol::Saml], r#"["oidc","saml"]"#);
    let asked = StepUp::new().within(Duration::from_secs(600)).unwrap().context_class("mfa").unwrap();
    is_kept_as(&asked, r#"{"within":600,"context_classes":["mfa"]}"#);
}
