//! The hub's configuration: an organization whose members each have two users at the provider.

use std::fmt::Write as _;

/// How many people there are, apart from the administrator.
pub const PEOPLE: usize = 16;

const ORGANIZATION: &str = r#"
show_accounts = true

[[organization]]
slug = "acme"
repository = [{ name = "rocket", readme = "Everything that has to work once." }]

[[organization.member]]
user = "boss"
role = "admin"

[[connection]]
organization = "acme"
enforcement = "enforced"

[connection.oidc]
issuer = "test_idp:acme"
client_id = "hub"
client_secret = "a secret that acme and the hub share"
prompt = "login"

[[test_idp]]
name = "acme"
listen = "127.0.0.1:PORT"
client = [{ id = "hub", organization = "acme", secret = "a secret that acme and the hub share" }]
"#;

/// Returns the file. Person 3 is the account `p3` with the users `p3-0@acme.example` and `p3-1@acme.example` at the
/// provider.
pub fn config() -> String {
    let (mut text, mut tables) = (ORGANIZATION.to_owned(), String::new());
    let users = (0..PEOPLE).map(|number| format!("p{number}")).chain(["boss".to_owned()]);
    for id in users {
        let emails = [0, 1].map(|subject| email(&id, subject));
        writeln!(tables, "[[user]]\nid = \"{id}\"\nemails = {emails:?}\npassword = \"hub-{id}\"").unwrap();
        if id != "boss" {
            writeln!(tables, "[[organization.member]]\nuser = \"{id}\"").unwrap();
        }
        for email in emails {
            let table = "[[test_idp.user]]";
            writeln!(tables, "{table}\nsubject = \"{email}\"\nemail = \"{email}\"\npassword = \"pw\"")
                .unwrap();
        }
    }
    text.push_str(&tables);
    text
}

/// Returns the address of an account's user at the provider.
pub fn email(account: &str, subject: usize) -> String {
    format!("{account}-{subject}@acme.example")
}
