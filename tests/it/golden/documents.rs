//! The keys and values that a connection's document accepts: exactly these, and some deprecated names.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tower_sso::{
    FileConnections,
    connection::{ConnectionDocument, DeprecatedSetting},
};

use super::versions::version;

/// A table of the document and its keys. `#` marks the place of a key.
const KEYS: &[(&str, &[&str])] = &[
    (
        "#",
        &[
            "organization",
            "name",
            "enforcement",
            "enforce_from",
            "enforcement_scope",
            "public_content",
            "tokens",
            "timeout",
            "email",
            "join",
            "required_claims",
            "roles",
            "groups",
            "unmatched_groups",
            "oidc",
            "saml",
        ],
    ),
    ("[email]\n#", &["domains", "missing_email_verified"]),
    ("[join]\n#", &["lifetime", "dangerous_admin", "dangerous_any_domain"]),
    ("[roles]\n#", &["attribute", "default", "dangerous_admin_default", "map"]),
    ("[[groups]]\n#", &["attribute", "value", "group", "role"]),
    (
        "[oidc]\n#",
        &[
            "issuer",
            "client_id",
            "client_authentication",
            "client_secret",
            "client_secret_env",
            "client_secret_file",
            "private_key",
            "private_key_env",
            "private_key_file",
            "private_key_algorithm",
            "private_key_id",
            "scopes",
            "acr_values",
            "prompt",
            "max_age",
            "send_login_hint",
            "leeway",
            "algorithms",
            "dangerous_hmac",
            "userinfo",
            "pushed_requests",
            "response_mode",
            "public_addresses_only",
            "authorize_parameters",
        ],
    ),
    (
        "[saml]\n#",
        &[
            "entity_id",
            "sso_url",
            "slo_url",
            "certificates",
            "certificate_files",
            "metadata",
            "metadata_file",
            "metadata_url",
            "metadata_certificate",
            "metadata_certificate_file",
            "metadata_refresh",
            "public_addresses_only",
            "name_id",
            "email_attributes",
            "request_binding",
            "force_authn",
            "authn_contexts",
            "require_encryption",
            "leeway",
            "response_limit",
            "engine",
            "sp_entity_id",
            "subject_attribute",
            "max_age",
            "signing_key",
            "signing_key_env",
            "signing_key_file",
            "signing_certificate",
            "signing_certificate_file",
            "next_signing_certificate",
            "next_signing_certificate_file",
            "sign_metadata",
            "decryption",
            "dangerous_accept_unsolicited",
            "dangerous_accept_sha1",
        ],
    ),
    ("[[saml.decryption]]\n#", &["key", "key_env", "key_file", "certificate", "certificate_file"]),
];

/// The values of each key that accepts one of a fixed list.
const VALUES: &[(&str, &[&str])] = &[
    ("enforcement = #", &["off", "optional", "enforced"]),
    ("enforcement_scope = #", &["all_members", "pilot"]),
    ("public_content = #", &["strict", "open"]),
    ("tokens = #", &["authorized", "owner_session", "exempt"]),
    ("unmatched_groups = #", &["keep", "remove"]),
    ("email.missing_email_verified = #", &["refuse", "accept"]),
    (
        "oidc.client_authentication = #",
        &[
            "auto",
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
        ],
    ),
    (
        "oidc.private_key_algorithm = #",
        &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"],
    ),
    ("oidc.dangerous_hmac = #", &["HS256", "HS384", "HS512"]),
    ("oidc.prompt = #", &["login", "consent", "select_account"]),
    ("oidc.userinfo = #", &["auto", "always", "signed", "never"]),
    ("oidc.pushed_requests = #", &["auto", "always"]),
    ("oidc.response_mode = #", &["query", "form_post"]),
    ("saml.name_id = #", &["email_address", "persistent", "unspecified", "none"]),
    ("saml.engine = #", &["default", "xmlsec"]),
    ("saml.request_binding = #", &["redirect", "post"]),
];

/// Returns the alternatives that the error for a document lists.
fn taken(text: &str) -> Vec<String> {
    let error = ConnectionDocument::parse(text).unwrap_err();
    let (found, expected) =
        error.problem().split_once("expected").unwrap_or_else(|| panic!("{error}\n{text}"));
    assert!(found.starts_with("unknown") && found.contains("`zzz`"), "{error}\n{text}");
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn each_table_accepts_exactly_these_keys() {
    for (table, keys) in KEYS {
        assert_eq!(taken(&table.replace('#', "zzz = 1")), *keys, "{table}");
    }
}

#[test]
fn each_key_accepts_exactly_these_values() {
    for (key, values) in VALUES {
        assert_eq!(taken(&key.replace('#', "\"zzz\"")), *values, "{key}");
    }
}

const HEAD: &str = "organization = \"1\"\nenforcement = \"enforced\"\n";
const PROVIDER: &str =
    "[oidc]\nissuer = \"https://idp.example\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n";

/// A deprecated name and the new one.
type Renamed = (&'static str, &'static str);

/// What a document says by a deprecated name and by the new one, and what is reported about it.
const RENAMED: &[(Renamed, &[Renamed])] = &[
    (("bound = \"pilot\"", "enforcement_scope = \"pilot\""), &[("bound", "enforcement_scope")]),
    (
        ("bound = \"everybody\"", "enforcement_scope = \"all_members\""),
        &[
            ("bound", "enforcement_scope"),
            ("enforcement_scope = \"everybody\"", "enforcement_scope = \"all_members\""),
        ],
    ),
    (
        ("tokens = \"authorised\"", "tokens = \"authorized\""),
        &[("tokens = \"authorised\"", "tokens = \"authorized\"")],
    ),
    (("other_groups = \"remove\"", "unmatched_groups = \"remove\""), &[("other_groups", "unmatched_groups")]),
    (
        ("email.absent_verification = \"accept\"", "email.missing_email_verified = \"accept\""),
        &[("email.absent_verification", "email.missing_email_verified")],
    ),
];

fn document(line: &str) -> String {
    format!("{HEAD}{line}\n{PROVIDER}")
}

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns what is logged while `work` runs.
fn logged(work: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tower_sso_testing::log::keep_threads_apart();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// Returns what is reported about the deprecated names, each with its organization.
fn told(deprecated: &[DeprecatedSetting]) -> Vec<(&str, &str)> {
    assert!(deprecated.iter().all(|it| it.organization.as_deref() == Some("1")), "{deprecated:?}");
    deprecated.iter().map(|it| (it.old.as_str(), it.new.as_str())).collect()
}

#[test]
fn an_old_name_is_read_as_the_new_one_with_a_warning() {
    for ((old, new), expected) in RENAMED {
        assert_eq!(version(&document(old)), version(&document(new)), "{old}");
        let quiet =
            logged(|| assert_eq!(ConnectionDocument::parse(&document(new)).unwrap().deprecated(), []));
        assert_eq!(quiet, "", "the new name causes no warning");
        let log = logged(|| {
            let read = ConnectionDocument::parse(&document(old)).unwrap();
            assert_eq!(told(read.deprecated()), *expected, "{old}");
        });
        assert_eq!(log.lines().count(), expected.len(), "{log}");
        for ((old, new), line) in expected.iter().zip(log.lines()) {
            assert!(line.contains("WARN tower_sso: "), "{line}");
            assert!(line.contains(&format!("organization=\"1\" old={old:?} new={new:?}")), "{line}");
        }
    }
}

#[test]
fn an_old_name_beside_the_new_one_is_refused() {
    let key = |line: &'static str| line.split(" = ").next();
    for ((old, new), expected) in RENAMED.iter().filter(|((old, new), _)| key(old) != key(new)) {
        let error = ConnectionDocument::parse(&document(&format!("{old}\n{new}"))).unwrap_err();
        assert_eq!((error.organization(), error.field()), (Some("1"), expected[0].0), "{error}");
        assert!(error.problem().contains(expected[0].1), "{error}");
        assert!(ConnectionDocument::parse(&document(old)).is_ok(), "the accepted counterpart: {old}");
    }
}

#[test]
fn a_reload_reports_old_names_and_changes_nothing_because_of_them() {
    let directory = std::env::temp_dir().join(format!("tower-sso-renamed-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("connections.toml");
    let write = |line: &str| {
        let text = document(line).replace("[oidc]", "[connection.oidc]");
        std::fs::write(&path, format!("[[connection]]\n{text}")).unwrap();
    };
    for ((old, new), expected) in RENAMED {
        write(new);
        let connections = FileConnections::open(&path).unwrap();
        write(old);
        let reloaded = connections.reload().unwrap();
        assert_eq!(told(&reloaded.deprecated), *expected, "{old}");
        let changed = [&reloaded.added, &reloaded.changed, &reloaded.adjusted, &reloaded.removed];
        assert!(changed.iter().all(|list| list.is_empty()), "{old}: {reloaded:?}");
        write(new);
        assert_eq!(connections.reload().unwrap().deprecated, [], "{new}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn the_warning_about_an_old_name_is_a_sentence() {
    let read = ConnectionDocument::parse(&document("bound = \"pilot\"")).unwrap();
    assert_eq!(read.deprecated()[0].to_string(), "organization \"1\": bound is now called enforcement_scope");
}
