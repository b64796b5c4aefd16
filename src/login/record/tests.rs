//! The stored form of each login record: a record that another build wrote can be read, and is found under its key.

use std::time::{Duration, UNIX_EPOCH};

use tower_sso_core::{
    EmailVerified, Protocol, ReturnPath,
    session::{SessionId, SsoSession},
    store::LinkScope,
};
use tower_sso_testing::golden::{digest_of, is_kept_as};

use super::*;
use crate::{
    identity::Profile,
    loop_mark::{LoopMark, loop_key, loop_page},
};

const CREDENTIAL: &str = r#"{"id":"c","kind":"session"}"#;
const IDENTITY: &str = concat!(
    r#"{"protocol":"oidc","scope":["https://idp.example","hub"],"subject":"s-1","link":[["a","b"],"l"],"#,
    r#""email":"ada@acme.example","email_verified":"Yes","profile":{"groups":["a"]},"signed_on_at":1000,"#,
    r#""context_class":"mfa","idp_session":"sid","session_until":2000}"#
);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn digest(byte: u8) -> Digest {
    serde_json::from_str(&digest_of(byte)).unwrap()
}

fn by_account() -> Initiator {
    Initiator::Account { account: "ada".into(), credential: Credential::session("c"), link: None }
}

fn login(by: Initiator) -> BegunLogin {
    let step_up = StepUp::new().within(Duration::from_secs(600)).unwrap().context_class("mfa").unwrap();
    BegunLogin {
        organization: "1".into(),
        by,
        version: digest(7),
        return_to: ReturnPath::parse("/acme?a=1").unwrap().into(),
        step_up,
        begun_at: at(3),
        revision: Revision::new(5),
    }
}

/// Returns the stored form of the login, with who began it.
fn kept_login(by: &str) -> String {
    let version = digest_of(7);
    format!(
        r#"{{"organization":"1","by":{by},"version":{version},"return_path":"/acme?a=1","asked":{{"within":600,"context_classes":["mfa"]}},"begun_at":3000,"revision":5}}"#
    )
}

fn kept_by_account() -> String {
    format!(r#"{{"Account":{{"account":"ada","credential":{CREDENTIAL},"link":null}}}}"#)
}

fn identity() -> IdentityFields {
    let profile = serde_json::from_str::<Profile>(r#"{"groups":["a"]}"#).unwrap();
    IdentityFields {
        protocol: Protocol::Oidc,
        scope: LinkScope("https://idp.example".to_owned(), "hub".to_owned()),
        subject: "s-1".to_owned(),
        link: Some((LinkScope("a".to_owned(), "b".to_owned()), "l".to_owned())),
        email: Some("ada@acme.example".to_owned()),
        email_verified: EmailVerified::Yes,
        profile,
        logged_in_at: Some(at(1)),
        context_class: Some("mfa".to_owned()),
        idp_session: Some("sid".to_owned()),
        session_until: Some(at(2)),
    }
}

#[test]
fn the_stored_form_of_a_login_does_not_change() {
    is_kept_as(&login(by_account()), &kept_login(&kept_by_account()));
    let visitor = Initiator::Visitor { browser: digest(9), link: JoinLinkId::new("j-1") };
    let kept = format!(r#"{{"Visitor":{{"browser":{},"link":"j-1"}}}}"#, digest_of(9));
    is_kept_as(&login(visitor), &kept_login(&kept));
}

#[test]
fn the_stored_form_of_a_verified_identity_does_not_change() {
    is_kept_as(&identity(), IDENTITY);
    for (verified, name) in
        [(EmailVerified::Yes, "Yes"), (EmailVerified::No, "No"), (EmailVerified::Absent, "Absent")]
    {
        is_kept_as(&verified, &format!("{name:?}"));
    }
}

#[test]
fn the_stored_form_of_tickets_does_not_change() {
    let login_of = || login(by_account());
    let kept = kept_login(&kept_by_account());
    is_kept_as(
        &Ticket { login: login_of(), identity: identity() },
        &format!(r#"{{"login":{kept},"identity":{IDENTITY}}}"#),
    );
    let (email, until) = ("ada@acme.example".to_owned(), at(4));
    is_kept_as(
        &SignUpTicket { login: login_of(), identity: identity(), email, until },
        &format!(r#"{{"login":{kept},"identity":{IDENTITY},"email":"ada@acme.example","until":4000}}"#),
    );
}

#[cfg(feature = "oidc")]
#[test]
fn the_stored_form_of_a_pending_oidc_login_does_not_change() {
    let oidc =
        r#"{"nonce":"n","pkce_verifier":"v","redirect_uri":"r","max_age":null,"acr_values":[],"begun_at":0}"#;
    let protocol = PendingProtocol::Oidc(serde_json::from_str(oidc).unwrap());
    let kept = kept_login(&kept_by_account());
    is_kept_as(
        &PendingLogin { login: login(by_account()), protocol },
        &format!(r#"{{"login":{kept},"protocol":{{"Oidc":{oidc}}}}}"#),
    );
}

#[cfg(feature = "saml")]
#[test]
fn the_stored_form_of_a_pending_saml_login_does_not_change() {
    let saml = r#"{"request_id":"i","acs":"a","sp_entity_id":"e","max_age":null,"contexts":[],"begun_at":0}"#;
    let protocol = PendingProtocol::Saml(serde_json::from_str(saml).unwrap());
    let kept = kept_login(&kept_by_account());
    is_kept_as(
        &PendingLogin { login: login(by_account()), protocol },
        &format!(r#"{{"login":{kept},"protocol":{{"Saml":{saml}}}}}"#),
    );
}

#[cfg(feature = "saml")]
#[test]
fn the_stored_form_of_an_unsolicited_response_does_not_change() {
    let unsolicited = UnsolicitedResponse {
        organization: "1".into(),
        version: digest(7),
        identity: identity(),
        begun_at: at(3),
        revision: Revision::new(5),
    };
    let kept = format!(
        r#"{{"organization":"1","version":{},"identity":{IDENTITY},"begun_at":3000,"revision":5}}"#,
        digest_of(7)
    );
    is_kept_as(&unsolicited, &kept);
    let earlier = kept.replace("begun_at", "received_at").replace(",\"revision\":5", "");
    let read: UnsolicitedResponse = serde_json::from_str(&earlier).unwrap();
    assert_eq!((read.begun_at, read.revision), (at(3), Revision::new(0)), "as an earlier build wrote it");
    assert_eq!(read.owner().id.to_string(), "HE1oQ83IjlkshJE2KjlGls10fM8OBmO-WiHEdk0KYdY");
}

#[test]
fn the_stored_form_of_a_loop_mark_does_not_change() {
    let (id, credential) = (SessionId::new("id"), Credential::session("c"));
    let mut session = SsoSession::new(id, credential, "1".into(), "ada".into(), digest(7), at(1), at(9));
    session.protocol = Protocol::Saml;
    session.scope = LinkScope("a".to_owned(), "b".to_owned());
    (session.subject, session.email) = ("s".to_owned(), "e".to_owned());
    session.logged_in_at = at(2);
    let login = login(by_account());
    let mark = LoopMark::new(loop_page(&login.return_to, &login.step_up), &session);
    let session = format!(
        concat!(
            r#"{{"id":"id","credential":{{"id":"","kind":"session"}},"organization":"1","account":"ada","connection":{},"#,
            r#""expires_at":9000,"protocol":"saml","scope":["a","b"],"subject":"s","email":"e","idp_session":null,"#,
            r#""begun_at":1000,"revision":0,"signed_on_at":2000,"authenticated_at":null,"context_class":null}}"#
        ),
        digest_of(7)
    );
    is_kept_as(&mark, &format!(r#"{{"page":"/acme?a=1\n&max_age=600&acr_values=mfa","session":{session}}}"#));
}

/// If a key changes, the records stored under it are lost. If two keys become equal, one opens the records of the
/// other.
#[test]
fn the_keys_of_stored_records_do_not_change() {
    let (organization, credential) = (OrgId::new("1"), Credential::session("c"));
    let session = SsoSession::new(
        SessionId::new("id"),
        credential.clone(),
        organization.clone(),
        "ada".into(),
        digest(7),
        at(1),
        at(9),
    );
    let visitor = Initiator::Visitor { browser: digest(9), link: JoinLinkId::new("j-1") };
    let mut keys = vec![
        ("a ticket", ticket_key("x"), "mwBJ86JmvMYQhQedBg722C7mDrhkszGbypO4DBAuxcc"),
        ("a visitor's ticket", visitor_key("x"), "BNtABBqfOX2E0fZ_WHgy4V9LyyuI-cvuF9cRykMoJ5M"),
        ("a claim", claim_key("x"), "xlbv05vXvfm4Hr6ZG1qSznIYAES4A4W5eEAT5jSRxns"),
        (
            "a mark against loops",
            loop_key(&organization, &"ada".into()),
            "pwlaP-j9Oix6EOm2nhAF4B-cpUkKDNeNwiOcaESv5TY",
        ),
        (
            "an account's records",
            login(by_account()).owner().id,
            "j4BH8X6YIj24Y9pb8Vgml-n0JSMyeBSyWxMpkGHZ0_U",
        ),
        ("a visitor's records", login(visitor).owner().id, "oEj8GjK_VdqUFd2-oDGlZFsFVz_FnjffxXWZL5biveA"),
    ];
    #[cfg(feature = "oidc")]
    keys.push(("a pending login with OIDC", state_key("x"), "QXZQ9WXoZne45FTofVFept2J5_sn96wKMz5Skkq8xt0"));
    #[cfg(feature = "saml")]
    keys.extend([
        ("a pending login with SAML", relay_state_key("x"), "y7IRWugGf1SsqxrZmq4DMZ8pzlVb9v9CR4fFDbODWK0"),
        ("a pending logout", logout_key(&organization, "x"), "5OFutV7XYRfXMh-asVHLpPKYfXdllkRKpJmVSy_KTR8"),
        (
            "a credential's pending logouts",
            logout_owner(&session).id,
            "heldgfiCOpMYTM0wcoBGgBM5tMuZr80QZql-C-t7v68",
        ),
        (
            "the RelayState of a logout",
            logout_relay_state("x"),
            "HzY3oJpm-N9GMJq36dEFPCqLX5cWZjE2v2_HtWp8M6U",
        ),
        (
            "a provider's logout request",
            logout_request_key(&organization, "x"),
            "u2fxy9N5fJa5Eq4zMnyH75pjK5p4XEVhszc_Y2X6gK8",
        ),
        ("an assertion", assertion_key(&organization, "x"), "3-4ckFIKgU7ES7UyMOHaSoGI1TN4QswPfH-oWcVhf2k"),
        ("an unsolicited response", unsolicited_key("x"), "Z5Eyx3eYNp0EgqzN7DED4ZYdI-rUvgIKjL8bz1cLsKM"),
        (
            "an unsolicited response to confirm",
            confirmation_key("x"),
            "LzMhrXZO6nddB_biFdOYdB76zd8sBclrCfffjbgPhAw",
        ),
    ]);
    for (what, key, expected) in keys {
        assert_eq!(key.to_string(), expected, "{what}");
    }
    assert_eq!(JoinLinkId::of(&organization, "x").as_str(), "5jC1MP59vRcezWDMO_ppG3WWHIwd4IyxUHGxYlO2aSY");
}

#[cfg(feature = "saml")]
#[test]
fn logout_answers_and_assertions_belong_to_one_organization() {
    let (acme, initech) = (OrgId::new("1"), OrgId::new("2"));
    assert_eq!(logout_key(&acme, "_id"), logout_key(&acme, "_id"));
    assert_ne!(logout_key(&acme, "_id"), logout_key(&initech, "_id"));
    assert_ne!(assertion_key(&acme, "_id"), assertion_key(&initech, "_id"));
}
