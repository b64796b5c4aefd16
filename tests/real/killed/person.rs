//! One person: what they and the administrator do with their account, one thing after the other, until the hub is gone.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Notify;
use url::Url;

use super::{
    dice::Dice,
    ledger::{Figures, Known, Ledger, Linked},
};
use crate::browser::{Browser, Page};

/// Counts the answers of the hub, and says when there were enough.
pub struct Answers {
    left: AtomicU64,
    pub enough: Notify,
}

impl Answers {
    pub fn until(count: u64) -> Self {
        Self { left: AtomicU64::new(count), enough: Notify::new() }
    }

    fn count(&self, answers: usize) {
        let answers = answers as u64;
        let before = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(answers)));
        if (1..=answers).contains(&before.unwrap()) {
            self.enough.notify_one();
        }
    }
}

/// The hub did not answer.
pub struct Gone;

pub struct Person {
    pub account: String,
    pub hub: String,
    /// The tab that logs in with SSO, and the tab that sends forms.
    pub browser: Browser,
    pub desk: Browser,
    /// A tab of the administrator.
    pub admin: Browser,
    pub client: reqwest::Client,
    pub dice: Dice,
    pub ledger: Ledger,
    pub figures: Figures,
    pub answers: Arc<Answers>,
    /// How often a page was visited to log in with SSO.
    pub visits: u64,
    /// The answers of the hub that was running when the administrator ended the SSO login that waits at the provider.
    pub overtaken_in: Option<Arc<Answers>>,
}

impl Person {
    pub async fn new(account: String, hub: String, admin: &Browser, dice: Dice) -> Self {
        let browser = Browser::new();
        let (mut desk, mut admin) = (browser.tab(), admin.tab());
        desk.navigate(format!("{hub}/")).await;
        admin.navigate(format!("{hub}/acme")).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (ledger, figures, answers) = (Ledger::new(), Figures::default(), Arc::new(Answers::until(0)));
        Self {
            account,
            hub,
            browser,
            desk,
            admin,
            client,
            dice,
            ledger,
            figures,
            answers,
            visits: 0,
            overtaken_in: None,
        }
    }

    /// Does one thing after the other until the hub is gone.
    pub async fn act(&mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Gone> {
        if self.ledger.is_signed_in != Known::Yes {
            return self.sign_in().await;
        }
        if let Some(overtaken_in) = self.overtaken_in.clone() {
            return self.be_slow(&overtaken_in).await;
        }
        if self.ledger.passes != Known::Yes {
            if self.dice.below(6) == 0 {
                return self.log_in_and_be_overtaken().await;
            }
            // One in four is the wrong user, if there is one.
            let subject = match (self.ledger.linked, self.dice.below(4)) {
                (Linked::To(subject), 0) => 1 - subject,
                (Linked::To(subject), _) => subject,
                (Linked::None | Linked::Open, _) => self.dice.below(2) as usize,
            };
            return self.log_in(subject).await;
        }
        match self.dice.below(10) {
            0 => self.sign_out().await,
            1 | 2 => self.unlink().await,
            3 | 4 => self.is_ended_by_administrator().await,
            5 => self.end_own_sessions().await,
            6 | 7 => self.make_token().await,
            8 => self.remove_token().await,
            _ => self.authorize_token("revoke").await,
        }
    }

    /// Counts the answers of a tab's last load, and returns its page.
    pub fn answered<'b>(&self, browser: &'b Browser, loaded: bool) -> Result<&'b Page, Gone> {
        self.answers.count(browser.hops().len());
        for hop in browser.hops() {
            let status = hop.status.as_u16();
            assert!(status < 500, "{}: an answer with {status}:\n{}", self.account, browser.trail());
        }
        if loaded { Ok(browser.page()) } else { Err(Gone) }
    }
}

/// Returns whether the last load had an answer of this page that leads to `target`.
pub fn confirmed(browser: &Browser, page: &str, target: &str) -> bool {
    browser.hops().iter().any(|hop| {
        let target = hop.url.join(target).unwrap();
        let location = hop.header("location").and_then(|to| hop.url.join(to).ok());
        hop.url.path() == page && hop.status == 303 && location.as_ref() == Some::<&Url>(&target)
    })
}
