//! What must be true of every refusal.

use std::{cell::RefCell, collections::BTreeSet, sync::atomic::Ordering};

use axum::response::Response;
use http::HeaderMap;
use tower_sso::{
    audit::{Action, AuditEvent},
    login::LoginErrorKind,
};

use super::TestApp;
use crate::support::text;

thread_local! {
    static PRODUCED: RefCell<BTreeSet<LoginErrorKind>> = const { RefCell::new(BTreeSet::new()) };
}

/// Returns the kinds of the refusals on this thread.
pub fn produced() -> BTreeSet<LoginErrorKind> {
    PRODUCED.with_borrow(Clone::clone)
}

impl TestApp {
    /// Asserts that a response refuses with exactly this kind; see [`TestApp::refused_page`].
    pub async fn refused(&self, response: Response, kind: LoginErrorKind) -> String {
        let (status, headers) = (response.status(), response.headers().clone());
        let page = text(response).await;
        self.refused_page(status, &headers, &page, kind);
        page
    }

    /// Asserts that a refusal has this kind's status, is a page that shows the event's reference and no detail, sets no
    /// cookie and does not continue by itself, and that no session was stored.
    pub fn refused_page(
        &self,
        status: http::StatusCode,
        headers: &HeaderMap,
        page: &str,
        kind: LoginErrorKind,
    ) {
        let event = self.last();
        let Action::LoginRefused { kind: actual, detail } = &event.action else {
            panic!("expected {kind:?}: {event:?}\n{page}")
        };
        assert_eq!(*actual, kind, "{detail:?}");
        assert_eq!(status, kind.status(), "{kind:?}\n{page}");
        assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(page.contains(event.reference.as_str()), "no reference {}:\n{page}", event.reference);
        assert_eq!(headers["cache-control"], "no-store");
        assert!(!headers.contains_key("set-cookie"));
        // The login ends here: nothing continues by itself.
        assert!(!headers.contains_key("location") && !headers.contains_key("refresh"), "{headers:?}");
        assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("<script"), "{page}");
        let waits = status == 503 || status == 429;
        assert_eq!(headers.contains_key("retry-after"), waits, "{kind:?}");
        if let Some(detail) = detail.as_ref().filter(|detail| detail.len() > 8) {
            assert!(!page.contains(detail.as_str()), "the page shows {detail:?}:\n{page}");
        }
        self.shows_no_secret(page);
        self.stored_as_finished();
        PRODUCED.with_borrow_mut(|produced| produced.insert(kind));
    }

    /// Asserts that neither the page nor any event contains a code, a state, a ticket or a secret.
    pub fn shows_no_secret(&self, page: &str) {
        let events = format!("{:?}", self.events.lock().unwrap());
        for secret in self.secrets.lock().unwrap().iter() {
            assert!(!page.contains(secret.as_str()), "the page contains {secret:?}:\n{page}");
            assert!(!events.contains(secret.as_str()), "an event contains {secret:?}:\n{events}");
        }
    }

    /// Asserts that as many sessions were stored as SSO logins were finished.
    pub fn stored_as_finished(&self) {
        assert_eq!(self.faults.stored(), self.finished.load(Ordering::SeqCst), "sessions stored");
    }

    /// Returns the last event.
    pub fn last(&self) -> AuditEvent {
        self.events.lock().unwrap().last().cloned().expect("no event")
    }
}
