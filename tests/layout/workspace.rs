//! Checks the dependencies between the crates of the workspace, as `cargo metadata` reports them.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// What each crate may depend on, besides itself for its own tests. Every crate may use the test provider as a
/// dev-dependency, and only examples may use it otherwise.
const ARROWS: [(&str, &[&str]); 11] = [
    ("tower-sso-core", &[]),
    ("tower-sso-http", &["tower-sso-core"]),
    ("tower-sso-oidc", &["tower-sso-core", "tower-sso-http"]),
    ("tower-sso-saml", &["tower-sso-core"]),
    ("tower-sso-sqlx", &["tower-sso-core"]),
    ("tower-sso-redis", &["tower-sso-core"]),
    ("tower-sso-test-idp", &["tower-sso-core"]),
    ("tower-sso-testing", &["tower-sso-core"]),
    ("tower-sso-stacks", &["tower-sso"]),
    ("tower-sso", &["tower-sso-core", "tower-sso-http", "tower-sso-oidc", "tower-sso-saml"]),
    // An example is not published. It has its identity provider in its process.
    ("example-axum-login", &["tower-sso", "tower-sso-test-idp"]),
];

const TEST_IDP: &str = "tower-sso-test-idp";
/// The stores that the examples of tower-sso use.
const STORES: [&str; 1] = ["tower-sso-sqlx"];
/// What the tests of several crates share. It is not published, so a dev-dependency on it has no version.
const TESTING: &str = "tower-sso-testing";

fn packages() -> Vec<Value> {
    let output = Command::new(std::env::var("CARGO").unwrap())
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Returns the faults in the dependencies of one crate.
fn faults(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap();
    let arrows: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let Some(allowed) = arrows.get(name) else { return vec![format!("{name}: not in the table of arrows")] };
    let mut faults = Vec::new();
    for dependency in package["dependencies"].as_array().unwrap() {
        let (on, dev) = (dependency["name"].as_str().unwrap(), dependency["kind"] == "dev");
        if on != "tower-sso" && !on.starts_with("tower-sso-") {
            continue;
        }
        let itself = dev && on == name;
        let stores = dev && name == "tower-sso" && STORES.contains(&on);
        let for_tests =
            stores || dev && (on == TEST_IDP && name != TEST_IDP || on == TESTING && name != TESTING);
        if !(itself || for_tests || allowed.contains(&on)) {
            faults.push(format!("{name} must not depend on {on}"));
        }
        let required = dependency["req"].as_str().unwrap();
        if !itself && on != TESTING && !required.starts_with('=') {
            faults.push(format!("{name} must pin {on} exactly, found {required:?}"));
        }
    }
    faults
}

#[test]
fn crates_depend_on_each_other_in_one_direction_only() {
    let packages = packages();
    assert!(
        packages.iter().any(|package| package["name"] == "tower-sso-core"),
        "the metadata does not have the whole workspace"
    );
    let faults: Vec<_> = packages.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_forbidden_arrow_and_a_loose_version_are_found() {
    let package = |name: &str, on: &str, req: &str, kind: Option<&str>| {
        faults(&serde_json::json!({
            "name": name,
            "dependencies": [{ "name": on, "req": req, "kind": kind }, { "name": "http", "req": "^1", "kind": null }],
        }))
    };
    assert_eq!(package("tower-sso", "tower-sso-core", "=0.1.0", None), [""; 0], "the accepted counterpart");
    assert_eq!(
        package("tower-sso-saml", TEST_IDP, "=0.1.0", Some("dev")),
        [""; 0],
        "the accepted counterpart"
    );
    assert_eq!(package("tower-sso", "tower-sso", "*", Some("dev")), [""; 0], "the accepted counterpart");
    assert_eq!(
        package("tower-sso", "tower-sso-core", "^0.1.0", None),
        ["tower-sso must pin tower-sso-core exactly, found \"^0.1.0\""]
    );
    for (name, on, kind) in [
        ("tower-sso-core", "tower-sso", Some("dev")),
        ("tower-sso-saml", "tower-sso-http", None),
        ("tower-sso-sqlx", "tower-sso", Some("dev")),
        ("tower-sso", TEST_IDP, None),
        ("tower-sso", TESTING, None),
    ] {
        assert_eq!(package(name, on, "=0.1.0", kind), [format!("{name} must not depend on {on}")]);
    }
    assert_eq!(package("tower-sso-new", "http", "^1", None), ["tower-sso-new: not in the table of arrows"]);
}
