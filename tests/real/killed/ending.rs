//! SSO sessions and account links are ended, by the administrator and by the person.

use super::{
    ledger::{Known, Linked},
    person::{Gone, Person, confirmed},
};

impl Person {
    /// The administrator removes the account link.
    pub async fn unlink(&mut self) -> Result<(), Gone> {
        self.ledger.linked = Linked::Open;
        let done = self.is_revoked("/acme/members/unlink", "/acme").await;
        if self.ledger.passes == Known::No {
            self.ledger.linked = Linked::None;
            self.figures.unlinks += 1;
        }
        done
    }

    /// The administrator ends the person's SSO sessions.
    pub async fn is_ended_by_administrator(&mut self) -> Result<(), Gone> {
        let done = self.is_revoked("/acme/sessions/end", "/acme/sessions").await;
        self.figures.revocations += u64::from(self.ledger.passes == Known::No);
        done
    }

    async fn is_revoked(&mut self, form: &str, leads_to: &str) -> Result<(), Gone> {
        self.ledger.passes = Known::Open;
        self.ledger.all_tokens(Known::Open);
        let loaded = self.admin.try_post(form, &[("account", self.account.as_str())]).await.is_ok();
        if confirmed(&self.admin, form, leads_to) {
            self.ledger.passes = Known::No;
            self.ledger.all_tokens(Known::No);
        }
        self.answered(&self.admin, loaded).map(drop)
    }

    /// The person ends their SSO sessions in the settings, one by one. Those of API tokens are listed there, too.
    pub async fn end_own_sessions(&mut self) -> Result<(), Gone> {
        let loaded = self.desk.try_navigate(&format!("{}/settings", self.hub)).await.is_ok();
        let page = self.answered(&self.desk, loaded)?;
        let forms = page.document.forms.iter().filter(|form| form.action == "/settings/sessions/end");
        let sessions: Vec<_> = forms.map(|form| form.fields[0].value.clone()).collect();
        assert!(!sessions.is_empty(), "{}: lost: an SSO session in the list", self.account);
        self.ledger.passes = Known::Open;
        self.ledger.all_tokens(Known::Open);
        for session in &sessions {
            let loaded = self.desk.try_post("/settings/sessions/end", &[("session", session)]).await.is_ok();
            self.answered(&self.desk, loaded)?;
            assert!(confirmed(&self.desk, "/settings/sessions/end", "/settings"), "{}", self.desk.trail());
        }
        self.ledger.passes = Known::No;
        self.ledger.all_tokens(Known::No);
        self.figures.revocations += 1;
        Ok(())
    }
}
