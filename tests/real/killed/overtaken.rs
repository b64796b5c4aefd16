//! SSO logins that the administrator ends while the person is at the provider.

use super::{
    ledger::{Known, Linked},
    members::email,
    person::{Gone, Person, confirmed},
};

impl Person {
    /// Goes to the provider. The administrator ends the person's SSO sessions, or removes the account link. Then the person
    /// comes back from the provider, before the hub is killed or after it was started again.
    pub async fn log_in_and_be_overtaken(&mut self) -> Result<(), Gone> {
        if self.begin().await?.is_none() {
            return Ok(());
        }
        let ended = match self.dice.below(2) {
            0 => self.unlink().await,
            _ => self.is_ended_by_administrator().await,
        };
        self.is_overtaken = self.ledger.passes == Known::No;
        ended?;
        self.finish_overtaken_login().await
    }

    /// The same after the hub was started again, and with it the provider, which shows its page again.
    pub async fn reopen_and_finish_overtaken_login(&mut self) -> Result<(), Gone> {
        let request = self.browser.page().url.clone();
        let loaded = self.browser.try_navigate(request.as_str()).await.is_ok();
        self.answered(&self.browser, loaded)?;
        self.figures.overtaken_across_kills += 1;
        self.finish_overtaken_login().await
    }

    /// Comes back from the provider, and is refused.
    pub async fn finish_overtaken_login(&mut self) -> Result<(), Gone> {
        let subject = match self.ledger.linked {
            Linked::To(subject) => subject,
            Linked::None | Linked::Open => 0,
        };
        let email = email(&self.account, subject);
        let fields = [("email", email.as_str()), ("password", "pw")];
        let loaded = self.browser.try_press("/sign-in", "Sign in", &fields).await.is_ok();
        // If the provider did not answer, the person has not come back.
        self.is_overtaken = self.browser.hops().is_empty();
        let leads_back = format!("/acme/rocket?visit={}", self.visits);
        let is_confirmed = confirmed(&self.browser, "/sso/acme/finish", &leads_back);
        assert!(!is_confirmed, "back: an SSO login of {} that was ended", self.account);
        let answer = self.answered(&self.browser, loaded)?;
        let is_refused = answer.text().contains("The SSO login could not be completed.");
        assert!(answer.status == 409 && is_refused, "{}\n{}", self.browser.trail(), answer.text());
        self.figures.overtaken_logins += 1;
        Ok(())
    }
}
