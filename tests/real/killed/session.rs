//! The person signs in and out at the hub, and logs in with SSO.

use super::{
    ledger::{Known, Linked},
    members::email,
    person::{Gone, Person, confirmed},
};

impl Person {
    pub async fn sign_in(&mut self) -> Result<(), Gone> {
        (self.ledger.is_signed_in, self.ledger.passes) = (Known::Open, Known::Open);
        let fields = [("as", self.account.as_str()), ("return_to", "/")];
        let loaded = self.desk.try_post("/sign-in", &fields).await.is_ok();
        if confirmed(&self.desk, "/sign-in", "/") {
            (self.ledger.is_signed_in, self.ledger.passes) = (Known::Yes, Known::No);
        }
        self.answered(&self.desk, loaded).map(drop)
    }

    pub async fn sign_out(&mut self) -> Result<(), Gone> {
        let cookie = self.desk.cookie(&self.hub, "hub_session").unwrap();
        (self.ledger.is_signed_in, self.ledger.passes) = (Known::Open, Known::Open);
        let loaded = self.desk.try_post("/sign-out", &[]).await.is_ok();
        if confirmed(&self.desk, "/sign-out", "/") {
            (self.ledger.is_signed_in, self.ledger.passes) = (Known::No, Known::No);
            self.ledger.signed_out.push(cookie);
            self.figures.sign_outs += 1;
        }
        self.answered(&self.desk, loaded).map(drop)
    }

    /// Goes from a page of the organization to the provider. Returns the page, or `None` if it is open.
    pub async fn begin(&mut self) -> Result<Option<String>, Gone> {
        self.visits += 1;
        let page = format!("{}/acme/rocket?visit={}", self.hub, self.visits);
        let mut loaded = self.browser.try_navigate(&page).await.is_ok();
        // Who ends their own session and comes back at once is asked once whether that is a loop.
        if self.answered(&self.browser, loaded)?.status == 409 {
            loaded = self.browser.try_navigate(&page).await.is_ok();
        }
        let start = self.answered(&self.browser, loaded)?;
        if start.status == 200 && start.url.as_str() == page {
            self.ledger.passes.check(true, "an ended SSO session");
            return Ok(None);
        }
        assert!(start.url.path() == "/sso/acme/start" && start.status == 200, "{}", self.browser.trail());
        let loaded = self.browser.try_submit_through("begin").await.is_ok();
        self.answered(&self.browser, loaded)?;
        assert_eq!(self.browser.page().url.host_str(), Some("localhost"), "{}", self.browser.trail());
        Ok(Some(page))
    }

    /// Logs in with SSO as one of the person's two users at the provider.
    pub async fn log_in(&mut self, subject: usize) -> Result<(), Gone> {
        let Some(page) = self.begin().await? else { return Ok(()) };
        let linked = self.ledger.linked;
        // The wrong user never gets an SSO session, and a link never changes to another user.
        if linked != Linked::To(1 - subject) {
            self.ledger.passes = Known::Open;
        }
        if linked == Linked::None {
            self.ledger.linked = Linked::Open;
        }
        let email = email(&self.account, subject);
        let fields = [("email", email.as_str()), ("password", "pw")];
        let loaded = self.browser.try_press("/sign-in", "Sign in", &fields).await.is_ok();
        let leads_back = page.strip_prefix(&self.hub).unwrap();
        if confirmed(&self.browser, "/sso/acme/finish", leads_back) {
            assert!(linked != Linked::To(1 - subject), "lost: the account link of {}", self.account);
            (self.ledger.passes, self.ledger.linked) = (Known::Yes, Linked::To(subject));
            self.figures.logins += 1;
        }
        let answer = self.answered(&self.browser, loaded)?;
        if self.ledger.passes == Known::Yes {
            assert!(answer.status == 200 && answer.url.as_str() == page, "{}", self.browser.trail());
        } else {
            let is_other_user =
                answer.text().contains("does not belong to the account you are signed in with");
            assert!(answer.status == 403 && is_other_user, "{}\n{}", self.browser.trail(), answer.text());
            assert!(
                matches!(linked, Linked::Open) || linked == Linked::To(1 - subject),
                "back: an account link of {} that was removed: {linked:?}",
                self.account
            );
            (self.ledger.passes, self.ledger.linked) = (Known::No, Linked::To(1 - subject));
            self.figures.refused_logins += 1;
        }
        Ok(())
    }

    /// Ends what there is, and logs in again as both of the users: the one that the account is not linked to is refused.
    pub async fn log_in_as_both(&mut self) -> Result<(), Gone> {
        if self.ledger.is_signed_in != Known::Yes {
            self.sign_in().await?;
        }
        if self.ledger.passes == Known::Yes {
            self.is_ended_by_administrator().await?;
        }
        let linked = match self.ledger.linked {
            Linked::To(subject) => subject,
            Linked::None | Linked::Open => 0,
        };
        if self.ledger.linked == Linked::To(linked) {
            self.log_in(1 - linked).await?;
        }
        self.log_in(linked).await
    }
}
