use std::{collections::BTreeSet, env, fs, path::PathBuf, sync::OnceLock};

use super::*;
use crate::providers;

/// The complete example in the header of `main.rs`.
fn example() -> String {
    let header = include_str!("../main.rs").lines().map_while(|line| line.strip_prefix("//!"));
    let block = header.skip_while(|line| line.trim() != "```toml").skip(1);
    let lines: Vec<_> =
        block.take_while(|line| line.trim() != "```").map(|line| line.get(1..).unwrap_or("")).collect();
    assert!(lines.len() > 50, "the example is not where it was");
    lines.join("\n")
}

fn environment(name: &str) -> Option<String> {
    matches!(name, "ADA_PASSWORD" | "ROBOT_PASSWORD" | "ADA_TOKEN" | "DEPLOY_TOKEN" | "ACME_SECRET")
        .then(|| format!("the value of {name}"))
}

/// Creates a directory with the files that the example names.
fn directory() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let directory = env::temp_dir().join(format!("tower-sso-hub-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("carol.password"), "shaw\n").unwrap();
        directory
    });
    made.clone()
}

/// Makes every check that does not need an address.
fn check(text: &str) -> Result<Model, Problem> {
    let config = Config::parse(text, "hub.toml", directory())?;
    let model = config.model(&environment)?;
    for (index, table) in config.test_idps().iter().enumerate() {
        let place = format!("test_idp[{index}]");
        providers::provider(table, &place, ("http://127.0.0.1:1", &[]), &config.secrets(&environment), None)?;
    }
    let issuers: Vec<_> = config
        .test_idps()
        .iter()
        .map(|it| Issuer {
            name: it.name.clone(),
            address: "http://localhost:1".to_owned(),
            keys: Vec::new(),
        })
        .collect();
    config.connections(&issuers, &environment)?;
    Ok(model)
}

#[test]
fn the_example_in_the_header_is_a_valid_configuration() {
    let model = check(&example()).unwrap_or_else(|problem| panic!("{problem}"));
    let organization = model.by_slug("ACME-INC").unwrap();
    assert_eq!((organization.id.as_str(), organization.slug.as_str()), ("org-1", "acme"));
    assert!(organization.is_admin(&"ada".into()));
    assert!(!organization.is_admin(&"carol".into()));
    assert!(organization.find("rocket", Some(&"carol".into())).is_some());
    assert!(organization.find("rocket", None).is_none());
}

#[test]
fn the_demo_configuration_is_valid() {
    check(DEMO).unwrap_or_else(|problem| panic!("{problem}"));
}

#[test]
fn an_empty_file_configures_an_empty_hub() {
    assert_eq!(check("").unwrap().users().count(), 0);
}

/// The error for an unknown field lists the known fields. Each of them occurs in the example.
#[test]
fn the_example_contains_every_setting() {
    let mut known = BTreeSet::new();
    for table in [
        "title =",
        "id = \"ada\"",
        "name = \"laptop\"",
        "slug = \"acme\"",
        "user = \"ada\"",
        "name = \"rocket\"",
        "email = \"barbara",
        "name = \"deploy\"",
        "# metrics_listen",
        "within =",
        "organization = \"org-1\"               # the id",
        "organization = \"org-1\"               # whose",
        "domains =",
        "issuer =",
        "metadata_url =",
        "organization = \"globex\"              # whose",
        "name = \"acme\"",
        "id = \"hub\"\norganization",
        "subject =",
    ] {
        let text = example();
        assert!(text.contains(table), "{table}");
        let refused = check(&text.replacen(table, &format!("no_such_field = 1\n{table}"), 1));
        let Err(problem) = refused else { panic!("{table}: accepted") };
        let problem = problem.to_string();
        let (_, expected) = problem.split_once("expected").unwrap_or_else(|| panic!("{table}: {problem}"));
        known.extend(expected.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(known.len() > 60, "{known:?}");
    let example = example();
    let missing: Vec<_> = known.iter().filter(|field| !example.contains(field.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_mistake_is_reported_with_its_field_and_the_expected_value() {
    for (line, with, place, says) in [
        ("title = ", "titel = ", "titel", "unknown field"),
        ("show_accounts = false", "show_accounts = \"no\"", "show_accounts", "boolean"),
        ("id = \"ada\"", "id = \"Ada\"", "user[0].id", "lower-case"),
        ("id = \"carol\"", "id = \"ada\"", "user[1].id", "twice"),
        ("emails = [\"ada@acme.example\"]", "emails = []", "user[0].emails", "at least one"),
        ("emails = [\"ada@acme.example\"]", "emails = [\"ada\"]", "user[0].emails[0]", "an email address"),
        ("emails = [\"ada@acme.example\"]", "emials = []", "user[0].emials", "unknown field"),
        ("carol@freelance.example", "ADA@acme.example", "user[1].emails[0]", "another user's"),
        ("\"ADA_PASSWORD\"", "\"UNSET\"", "user[0].password_env", "not set"),
        ("password_env = \"ADA_PASSWORD\"", "", "user[0].password", "expected one of"),
        ("password_env =", "password = \"x\"\npassword_env =", "user[0].password", "expected one of"),
        ("password_env = \"ADA_PASSWORD\"", "password = \"\"", "user[0].password", "found nothing"),
        ("carol.password", "missing.password", "user[1].password_file", "missing.password"),
        ("secret_env = \"ADA_TOKEN\"", "secret_env = \"UNSET\"", "user[0].token[0].secret_env", "not set"),
        ("\"DEPLOY_TOKEN\"", "\"UNSET\"", "organization[0].token[0].secret_env", "not set"),
        ("slug = \"acme\"", "slug = \"sign-in\"", "organization[0].slug", "of the hub's own"),
        ("[\"acme-inc\"]", "[\"acme\"]", "organization[0].former_slugs[0]", "twice"),
        ("user = \"ada\"", "user = \"eve\"", "organization[0].member[0].user", "id of a user"),
        ("role = \"admin\"", "role = \"owner\"", "organization[0].member[0].role", "unknown variant"),
        (
            "email = \"barbara@acme.example\"",
            "email = \"b\"",
            "organization[0].invitation[0].email",
            "an email",
        ),
        ("within = \"5m\"", "within = \"5s\"", "organization[0].step_up.within", "1 minute"),
        ("within = \"5m\"", "within = \"soon\"", "organization[0].step_up.within", "duration"),
        ("[\"robot\"]", "[\"ada\"]", "organization[0].service_accounts[0]", "no member"),
        ("[\"mfa\"]            #", "[\"\"] #", "organization[0].step_up.context_classes", "ASCII"),
        ("# connections_file", "connections_file", "connections_file", "no [[connection]]"),
        (
            "name = \"rocket\"",
            "name = \"activity\"",
            "organization[0].repository[0].name",
            "of the hub's own",
        ),
        ("[\"carol\"]", "[\"ada\"]", "organization[0].repository[0].collaborators[0]", "no member"),
        (
            "visibility = \"private\"",
            "visibility = 1",
            "organization[0].repository[0].visibility",
            "expected",
        ),
        (
            "organization = \"org-1\"             ",
            "organization = \"acme\"",
            "connection[0].organization",
            "id of an",
        ),
        (
            "enforcement = \"enforced\"",
            "enforcement = \"on\"",
            "connection[0].enforcement",
            "unknown variant",
        ),
        (
            "test_idp:acme\"       # or the provider's own: \"https://login.globex",
            "test_idp:acne\" #",
            "connection[1].saml.metadata_url",
            "[[test_idp]]",
        ),
        (
            "leeway = \"60s\"\nresponse",
            "leeway = \"soon\"\nresponse",
            "connection[1].saml.leeway",
            "duration",
        ),
        ("test_idp:acme", "test_idp:acne", "connection[0].oidc.issuer", "[[test_idp]]"),
        ("\"test_idp:acme\"", "\"http://acme.example\"", "connection[0].oidc.issuer", "https"),
        (
            "client_secret_env =",
            "client_sceret_env =",
            "connection[0].oidc.client_sceret_env",
            "unknown field",
        ),
        ("domains = [\"acme", "domains = [\"@acme", "connection[0].email.domains[0]", "a domain"),
        (
            "\"client_secret_basic\" #",
            "\"basic\" #",
            "test_idp[0].client[0].authentication",
            "unknown variant",
        ),
        ("password = \"acme-ada\"", "", "test_idp[0].user[0].password", "expected one of"),
    ] {
        let text = example();
        assert!(text.contains(line), "{line}");
        let Err(problem) = check(&text.replacen(line, with, 1)) else { panic!("{with}: accepted") };
        let problem = problem.to_string();
        assert!(problem.contains(&format!("{place}: ")), "{with}: {problem}");
        assert!(problem.contains(says), "{with}: {problem}");
    }
}

#[test]
fn connections_must_be_an_array_of_tables() {
    let Err(problem) = check("[connection]\norganization = \"1\"\n") else { panic!("accepted") };
    assert!(
        problem.to_string().contains("connection: expected tables, each headed [[connection]]"),
        "{problem}"
    );
}

#[test]
fn invalid_toml_is_refused_with_its_line_number() {
    let Err(problem) = check("title = ") else { panic!("accepted") };
    assert!(problem.to_string().starts_with("hub.toml: "), "{problem}");
    assert!(problem.to_string().contains("line 1"), "{problem}");
}
