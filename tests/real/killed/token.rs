//! The person makes, authorizes and removes API tokens.

use tower_sso::CredentialId;

use super::{
    ledger::{Known, Token},
    person::{Gone, Person, confirmed},
};

/// The most tokens that a person has.
const MOST: usize = 3;

impl Person {
    /// Makes a token and authorizes it for the organization.
    pub async fn make_token(&mut self) -> Result<(), Gone> {
        if self.existing_tokens().len() >= MOST {
            return self.remove_token().await;
        }
        let loaded = self.desk.try_post("/settings/tokens", &[("name", "laptop")]).await.is_ok();
        let page = self.answered(&self.desk, loaded)?;
        let (_, after) = page.body.split_once("<code id=\"token\">").expect("the secret is on the page");
        let secret = after.split_once('<').unwrap().0.to_owned();
        self.ledger.tokens.push(Token { secret, exists: Known::Yes, is_authorized: Known::No });
        self.figures.made_tokens += 1;
        self.authorize_token("authorise").await
    }

    /// Presses one of the buttons of the newest token on the organization's page of tokens.
    pub async fn authorize_token(&mut self, button: &str) -> Result<(), Gone> {
        let Some(&index) = self.existing_tokens().last() else { return Ok(()) };
        let id = CredentialId::of_secret(&self.ledger.tokens[index].secret);
        self.ledger.tokens[index].is_authorized = Known::Open;
        let fields = [("token", id.as_str()), ("do", button)];
        let loaded = self.desk.try_post("/sso/acme/tokens", &fields).await.is_ok();
        if confirmed(&self.desk, "/sso/acme/tokens", "/sso/acme/tokens") {
            let is_authorized = button == "authorise";
            self.ledger.tokens[index].is_authorized = if is_authorized { Known::Yes } else { Known::No };
            self.figures.authorized_tokens += u64::from(is_authorized);
        }
        self.answered(&self.desk, loaded).map(drop)
    }

    /// Removes the oldest token.
    pub async fn remove_token(&mut self) -> Result<(), Gone> {
        let Some(&index) = self.existing_tokens().first() else { return Ok(()) };
        let token = &mut self.ledger.tokens[index];
        (token.exists, token.is_authorized) = (Known::Open, Known::Open);
        let id = CredentialId::of_secret(&token.secret);
        let loaded = self.desk.try_post("/settings/tokens/revoke", &[("token", id.as_str())]).await.is_ok();
        if confirmed(&self.desk, "/settings/tokens/revoke", "/settings") {
            (token.exists, token.is_authorized) = (Known::No, Known::No);
            self.figures.removed_tokens += 1;
        }
        self.answered(&self.desk, loaded).map(drop)
    }

    fn existing_tokens(&self) -> Vec<usize> {
        let tokens = self.ledger.tokens.iter().enumerate();
        tokens.filter(|(_, token)| token.exists == Known::Yes).map(|(index, _)| index).collect()
    }
}
