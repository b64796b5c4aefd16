//! SSO logins that the administrator ends while the person is at the provider.

use std::sync::Arc;

use super::{
    ledger::{Known, Linked},
    members::email,
    person::{Answers, Gone, Person, confirmed},
};

impl Person {
    /// Goes to the provider. The administrator ends the person's SSO sessions, or removes the account link. Then the person
    /// comes back from the provider, or takes their time, so that the hub may be killed before.
    pub async fn log_in_and_be_overtaken(&mut self) -> Result<(), Gone> {
        if self.begin().await?.is_none() {
            return Ok(());
        }
        let ended = match self.dice.below(2) {
            0 => self.unlink().await,
            _ => self.is_ended_by_administrator().await,
        };
        self.overtaken_in = (self.ledger.passes == Known::No).then(|| Arc::clone(&self.answers));
        ended?;
        if self.dice.below(2) == 0 { Ok(()) } else { self.finish_overtaken_login(false).await }
    }

    /// Takes their time, or comes back from the provider. The provider may have been started again, and then has forgotten
    /// which page it showed: the person opens it again.
    pub async fn be_slow(&mut self, overtaken_in: &Arc<Answers>) -> Result<(), Gone> {
        if self.dice.below(4) > 0 {
            let loaded = self.desk.try_navigate(&format!("{}/settings", self.hub)).await.is_ok();
            return self.answered(&self.desk, loaded).map(drop);
        }
        let request = self.browser.page().url.clone();
        let loaded = self.browser.try_navigate(request.as_str()).await.is_ok();
        self.answered(&self.browser, loaded)?;
        self.finish_overtaken_login(!Arc::ptr_eq(overtaken_in, &self.answers)).await
    }

    /// Comes back from the provider, and is refused.
    async fn finish_overtaken_login(&mut self, was_killed: bool) -> Result<(), Gone> {
        let subject = match self.ledger.linked {
            Linked::To(subject) => subject,
            Linked::None | Linked::Open => 0,
        };
        let email = email(&self.account, subject);
        let fields = [("email", email.as_str()), ("password", "pw")];
        let loaded = self.browser.try_press("/sign-in", "Sign in", &fields).await.is_ok();
        // If the provider did not answer, the person has not come back.
        if !self.browser.hops().is_empty() {
            self.overtaken_in = None;
        }
        let leads_back = format!("/acme/rocket?visit={}", self.visits);
        let is_confirmed = confirmed(&self.browser, "/sso/acme/finish", &leads_back);
        assert!(!is_confirmed, "back: an SSO login of {} that was ended", self.account);
        let answer = self.answered(&self.browser, loaded)?;
        let is_refused = answer.text().contains("The SSO login could not be completed.");
        assert!(answer.status == 409 && is_refused, "{}\n{}", self.browser.trail(), answer.text());
        self.figures.overtaken_logins += 1;
        self.figures.overtaken_across_kills += u64::from(was_killed);
        Ok(())
    }
}
