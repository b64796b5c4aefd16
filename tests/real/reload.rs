//! A file of connections that an administrator reloads, in Chromium.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    chromium::{Chromium, Step},
    hub::Hub,
};

/// The hub's files. Dropping this value removes them.
struct Files(PathBuf);

const HUB: &str = r#"
connections_file = "connections.toml"
user = [{ id = "ada", name = "Ada Lovelace", emails = ["ada@acme.example"], password = "hub-ada" }]

[[organization]]
slug = "acme"
name = "Acme Rockets"
member = [{ user = "ada", role = "admin" }]
repository = [{ name = "rocket" }]
"#;

impl Files {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reload-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("hub.toml"), HUB).unwrap();
        Self(path)
    }

    fn write(&self, enforcement: &str) {
        let table = format!(
            "[[connection]]\norganization = \"acme\"\nname = \"Acme Rockets\"\nenforcement = \"{enforcement}\"\n\
             [connection.oidc]\nissuer = \"https://idp.acme.example\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n"
        );
        fs::write(self.0.join("connections.toml"), table).unwrap();
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn an_administrator_reloads_the_file_of_connections() {
    let files = Files::new();
    files.write("off");
    let hub = Hub::start_with(&["--config", files.0.join("hub.toml").to_str().unwrap()]).await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::start().await;
    let outcome = chromium
        .run(&[
            Step::Goto(at("/sign-in?return_to=/acme")),
            Step::Fill { selector: "#email", value: "ada@acme.example".to_owned() },
            Step::Fill { selector: "#password", value: "hub-ada".to_owned() },
            Step::Press("Enter"),
            Step::WaitForText("Row 3"),
            Step::Screenshot("hub-reload"),
        ])
        .await;
    assert_eq!(outcome.errors, Vec::<String>::new());
    files.write("sometimes");
    let steps = [
        Step::Click("#reload button"),
        Step::WaitForText("The file was not taken"),
        Step::Screenshot("hub-reload-problem"),
    ];
    let outcome = chromium.run(&steps).await;
    assert!(outcome.text.contains("unknown variant `sometimes`"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    files.write("optional");
    let steps = [
        Step::Goto(at("/acme")),
        Step::WaitForText("Row 3"),
        Step::Click("#reload button"),
        Step::WaitForText("connection.changed"),
        Step::Screenshot("hub-reload-done"),
    ];
    let outcome = chromium.run(&steps).await;
    assert!(outcome.text.contains("Acme Rockets offers single sign-on."), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    // The connection is enforced now, so the administrator must log in with SSO at once.
    files.write("enforced");
    let steps = [
        Step::Goto(at("/acme")),
        Step::Click("#reload button"),
        Step::WaitForUrl("/sso/acme/start".to_owned()),
    ];
    assert_eq!(chromium.run(&steps).await.errors, Vec::<String>::new());
    chromium.close().await;
}
