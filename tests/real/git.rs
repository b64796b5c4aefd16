//! `git clone` over HTTP from the hub, with an API token as the password.

use std::{
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use crate::{browser::Browser, hub::Hub};

/// A directory with a repository, the hub's file and git's stored credential. Dropping this value removes it.
struct Directory(PathBuf);

const HUB: &str = r#"
[[user]]
id = "ada"
name = "Ada Lovelace"
emails = ["ada@acme.example"]
password = "hub-ada"

[[user.token]]
name = "laptop"
secret = "hub_a-token-for-git"

[[organization]]
slug = "acme"
name = "Acme Rockets"
member = [{ user = "ada" }]

[[organization.repository]]
name = "rocket"
git = "rocket.git"

[[connection]]
organization = "acme"
enforcement = "enforced"

[connection.oidc]
issuer = "test_idp:acme"
client_id = "hub"
client_secret = "a secret that acme and the hub share"

[[test_idp]]
name = "acme"
client = [{ id = "hub", organization = "acme", secret = "a secret that acme and the hub share" }]
user = [{ subject = "a-1", email = "ada@acme.example", password = "acme-ada" }]
"#;

impl Directory {
    async fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("git-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let directory = Self(path);
        std::fs::write(directory.at("hub.toml"), HUB).unwrap();
        for line in [
            "init --quiet --initial-branch=main work",
            "-C work -c user.name=Ada -c user.email=ada@acme.example commit --quiet --allow-empty --message=Liftoff",
            "clone --quiet --bare work rocket.git",
            "-C rocket.git update-server-info",
        ] {
            let done = directory.git(&line.split(' ').collect::<Vec<_>>()).await;
            assert!(done.status.success(), "{line}: {done:?}");
        }
        directory
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Runs git in this directory. It reads no settings from elsewhere and asks the user nothing.
    async fn git(&self, arguments: &[&str]) -> Output {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &self.0)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .kill_on_drop(true);
        timeout(Duration::from_secs(120), git.output()).await.expect("git ends").unwrap()
    }

    /// Clones the repository from the hub with the credential that git has stored.
    async fn clone(&self, hub: &Hub, into: &str) -> Output {
        let url = format!("{}/acme/rocket/git", hub.address);
        self.git(&["-c", "credential.helper=store --file=credentials", "clone", &url, into]).await
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn git_shows_where_to_authorize_its_token_and_clones_after_that() {
    let directory = Directory::new().await;
    let hub = Hub::start_with(&["--config", directory.at("hub.toml").to_str().unwrap()]).await;
    // This is how git writes it.
    let host = hub.address.strip_prefix("http://").unwrap().replace(':', "%3a");
    let stored = format!("http://ada:hub_a-token-for-git@{host}\n");
    std::fs::write(directory.at("credentials"), &stored).unwrap();
    let kept = || std::fs::read_to_string(directory.at("credentials")).unwrap();

    let refused = directory.clone(&hub, "refused").await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    let address = format!("{}/sso/acme/tokens", hub.address);
    let told = said.lines().find_map(|line| line.strip_prefix("remote: ")).unwrap_or_default();
    assert_eq!(told.trim_end(), format!("Authorize this token at {address}"), "{said}");
    assert!(said.contains("403"), "{said}");
    assert_eq!(kept(), stored, "git keeps what it has stored");

    // Opens the address in a browser: to the hub's sign-in, to the provider, and back.
    let mut browser = Browser::new();
    browser.navigate(address.clone()).await;
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "hub-ada")]).await;
    assert_eq!(browser.page().title(), "Single sign-on to Acme Rockets", "{}", browser.trail());
    browser.submit_through("begin", &[]).await;
    browser.press("/sign-in", "Sign in", &[("email", "ada@acme.example"), ("password", "acme-ada")]).await;
    assert_eq!(browser.page().url.as_str(), address, "{}", browser.trail());
    assert!(browser.page().text().contains("laptop Not authorized."), "{}", browser.page().text());
    // An SSO login alone does not authorize the token.
    assert!(!directory.clone(&hub, "refused").await.status.success());
    browser.press("/tokens", "Authorize", &[]).await;
    assert!(browser.page().text().contains("Authorized until"), "{}", browser.page().text());

    let cloned = directory.clone(&hub, "cloned").await;
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
    let log = directory.git(&["-C", "cloned", "log", "--format=%s"]).await;
    assert_eq!(String::from_utf8_lossy(&log.stdout), "Liftoff\n");
    assert_eq!(kept(), stored);

    // A revoked token is refused again. An invalid token gets a 401, after which git forgets it.
    browser.press("/tokens", "Revoke", &[]).await;
    let refused = directory.clone(&hub, "refused").await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Authorize this token at"), "{refused:?}");
    assert_eq!(kept(), stored);
    std::fs::write(directory.at("credentials"), stored.replace("for-git", "for-nobody")).unwrap();
    assert!(!directory.clone(&hub, "refused").await.status.success());
    assert_eq!(kept(), "", "the counterpart: git does erase what is answered with 401");
}
