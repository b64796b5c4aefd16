//! What the hub shows after it was started again.

use super::{
    ledger::{Known, Token},
    person::Person,
};

/// How much of what has ended is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// What ended last, to save time.
    Newest,
    All,
}

impl Person {
    /// Compares the ledger with what the hub shows.
    pub async fn check(&mut self, ended: Ended) {
        self.desk.navigate(format!("{}/acme/rocket", self.hub)).await;
        let (page, account) = (self.desk.page(), self.account.as_str());
        let (is_signed_in, passes) = match (page.status.as_u16(), page.url.path()) {
            (200, "/acme/rocket") => (true, true),
            // 409: who ends their own session and comes back at once is asked once whether that is a loop.
            (200 | 409, "/sso/acme/start") => (true, false),
            (404, "/acme/rocket") => (false, false),
            _ => panic!("{account}:\n{}\n{}", self.desk.trail(), page.text()),
        };
        self.ledger.is_signed_in.check(is_signed_in, &format!("the app session of {account}"));
        self.ledger.passes.check(passes, &format!("the SSO session of {account}"));
        let most = match ended {
            Ended::Newest => 3,
            Ended::All => usize::MAX,
        };
        let removed = self.ledger.tokens.iter().filter(|token| token.exists == Known::No).count();
        let mut old = removed.saturating_sub(most);
        for token in &mut self.ledger.tokens {
            if token.exists == Known::No && old > 0 {
                old -= 1;
                continue;
            }
            check_token(&self.client, &self.hub, account, token).await;
        }
        for cookie in self.ledger.signed_out.iter().rev().take(most) {
            let request = self.client.get(format!("{}/acme/rocket", self.hub)).header("accept", "text/html");
            let answer = request.header("cookie", format!("hub_session={cookie}")).send().await.unwrap();
            assert_eq!(answer.status(), 404, "back: an app session of {account} that was signed out");
        }
    }
}

async fn check_token(client: &reqwest::Client, hub: &str, account: &str, token: &mut Token) {
    let request = client.get(format!("{hub}/api/orgs/acme/repos"));
    let answer = request.bearer_auth(&token.secret).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let (exists, is_authorized) = match status {
        200 => (true, true),
        401 if text.contains("\"title\":\"Single sign-on is required\"") => (true, false),
        401 if text.contains("This token is none of the hub's") => (false, false),
        _ => panic!("{account}: {status}: {text}"),
    };
    token.exists.check(exists, &format!("an API token of {account}"));
    token.is_authorized.check(is_authorized, &format!("an authorized API token of {account}"));
}
