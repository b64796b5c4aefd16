//! What each event is in the log, word for word.

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use tower_sso_core::{Credential, Digest, JoinLinkId, Protocol};

use super::*;
use crate::{
    audit::{
        reference::Reference,
        request::{AuditedConnection, Network},
    },
    error::kind::LoginErrorKind,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line that an event is, without the time.
fn line(event: &AuditEvent) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    tower_sso_testing::log::keep_threads_apart();
    tracing::subscriber::with_default(subscriber, || TracingSink.record(event));
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().trim().to_owned()
}

fn event(action: Action) -> AuditEvent {
    AuditEvent::new(UNIX_EPOCH, Reference::none(), action)
}

#[test]
fn each_audit_event_is_logged_as_this_exact_line() {
    let link = || JoinLinkId::new("j");
    let text = str::to_owned;
    let lines = [
        (Action::LoginBegun, "INFO", "login.begun", ""),
        (Action::LoginReceived, "INFO", "login.received", ""),
        (Action::LoginFinished, "INFO", "login.finished", ""),
        (
            Action::LoginRefused { kind: LoginErrorKind::Loop, detail: Some(text("why")) },
            "WARN",
            "login.refused",
            r#" kind="loop" detail="why""#,
        ),
        (Action::LogoutReceived, "INFO", "logout.received", ""),
        (Action::LogoutBegun, "INFO", "logout.begun", ""),
        (Action::LogoutFinished, "INFO", "logout.finished", ""),
        (Action::LinkCreated, "INFO", "link.created", ""),
        (Action::LinkReplaced, "INFO", "link.replaced", ""),
        (Action::LinkRemoved, "INFO", "link.removed", ""),
        (Action::JoinLinkCreated { link: link() }, "INFO", "join_link.made", r#" link="j""#),
        (Action::JoinLinkRevoked { link: link() }, "INFO", "join_link.revoked", r#" link="j""#),
        (
            Action::NewUserHandedOver { link: link(), subject: text("s") },
            "INFO",
            "newcomer.handed_over",
            r#" link="j" subject="s""#,
        ),
        (Action::MemberJoined { link: link() }, "INFO", "member.joined", r#" link="j""#),
        (
            Action::RoleKeptLastAdmin { reason: text("why") },
            "INFO",
            "role.kept_last_admin",
            r#" reason="why""#,
        ),
        (
            Action::RoleApplied { role: text("read"), reason: text("why") },
            "INFO",
            "role.applied",
            r#" role="read" reason="why""#,
        ),
        (Action::RoleUnknown { reason: text("why") }, "WARN", "role.unknown", r#" reason="why""#),
        (
            Action::GroupsApplied { count: 2, reason: text("why") },
            "INFO",
            "groups.applied",
            r#" count=2 reason="why""#,
        ),
        (Action::GroupsUnknown { reason: text("why") }, "WARN", "groups.unknown", r#" reason="why""#),
        (
            Action::SessionRevoked { scope: "account", count: 2 },
            "INFO",
            "session.revoked",
            r#" scope="account" count=2"#,
        ),
        (Action::SessionRebound, "INFO", "session.rebound", ""),
        (Action::TokenAuthorized, "INFO", "token.authorized", ""),
        (
            Action::LookupFailed { verb: "viewer", detail: text("why") },
            "ERROR",
            "lookup.failed",
            r#" verb="viewer" detail="why""#,
        ),
        (
            Action::Expiring { what: "provider_metadata", at: UNIX_EPOCH + Duration::from_secs(1) },
            "WARN",
            "connection.expiring",
            r#" what="provider_metadata" at="1970-01-01T00:00:01Z""#,
        ),
        (Action::ConnectionChanged { what: "added" }, "INFO", "connection.changed", r#" what="added""#),
        (Action::FreshRequired, "INFO", "session.fresh_required", ""),
        (
            Action::Misplaced { kind: "namespace_unknown" },
            "ERROR",
            "layer.misplaced",
            r#" kind="namespace_unknown""#,
        ),
    ];
    let names: Vec<_> = lines.iter().map(|(action, ..)| action.name()).collect();
    assert_eq!(names, Action::NAMES, "each once");
    for (action, level, name, fields) in lines {
        let expected = format!(r#"{level} tower_sso::audit: name="{name}" reference="-"{fields}"#);
        assert_eq!(line(&event(action)), expected);
    }
}

#[test]
fn the_log_fields_of_an_event_keep_their_names() {
    let version = serde_json::from_str::<Digest>(&tower_sso_testing::golden::digest_of(7)).unwrap();
    let mut whole = event(Action::LoginBegun).organization(&"1".into()).account(&"ada".into());
    whole.actor = Some("root".into());
    whole.credential = Some(Credential::token("t-1"));
    whole.connection = Some(AuditedConnection { protocol: Protocol::Saml, version });
    whole.network = Some(Network::of(Ipv4Addr::new(203, 0, 113, 77).into()));
    let expected = concat!(
        r#"INFO tower_sso::audit: name="login.begun" reference="-" organization="1" account="ada" actor="root" "#,
        r#"credential="XNX3jAKyT8xFKG-oGovmhWflX0aO7K2Sc9vgIUCjdGA" credential_kind="token" protocol="saml" "#,
        r#"version="BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" network="203.0.113.0/24""#
    );
    assert_eq!(line(&whole), expected);
}
