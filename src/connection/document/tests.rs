//! What a document says, and what of it is refused.

use super::*;

const GOOD: &str = "[[connection]]\norganization = \"1\"\nenforcement = \"enforced\"\n\
                    [connection.oidc]\nissuer = \"https://idp.example\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n";

fn build(text: &str) -> Result<crate::connection::checked::Connection, ConfigError> {
    let document = ConnectionDocument::parse_all(text)?.remove(0);
    document.into_settings(&|name| (name == "SET").then(|| "value".to_owned()), ".".as_ref())?.build()
}

#[test]
fn a_minimal_document_has_four_lines_and_strict_defaults() {
    let connection = build(GOOD).unwrap();
    assert_eq!(connection.enforcement(), Enforcement::Enforced);
    assert_eq!(connection.public_content, PublicContent::Strict);
    assert!(build(&GOOD.replace("client_secret = \"s\"", "client_secret_env = \"SET\"")).is_ok());
}

#[test]
fn every_mistake_names_the_organization_and_the_field() {
    for (line, with, field, says) in [
        ("enforcement = \"enforced\"", "enforcement = \"on\"", "enforcement", "unknown variant `on`"),
        ("enforcement = \"enforced\"", "", "connection", "missing field `enforcement`"),
        (
            "enforcement = \"enforced\"",
            "enforcement = \"off\"\nenforcment = 1",
            "enforcment",
            "unknown field",
        ),
        ("enforcement = \"enforced\"", "enforcement = \"off\"\ntimeout = \"soon\"", "timeout", "duration"),
        ("enforcement = \"enforced\"", "enforcement = \"off\"\ntimeout = 7", "timeout", "invalid type"),
        (
            "enforcement = \"enforced\"",
            "enforcement = \"off\"\nenforce_from = 2027-01-01",
            "enforce_from",
            "UTC",
        ),
        ("client_id = \"hub\"", "client_id = 7", "oidc.client_id", "invalid type"),
        ("client_id = \"hub\"", "client_id = \"hub\"\nscope = []", "oidc.scope", "unknown field"),
        ("issuer = \"https://idp.example\"", "issuer = \"http://idp.example\"", "oidc.issuer", "https"),
        ("client_secret = \"s\"", "client_secret_env = \"UNSET\"", "oidc.client_secret_env", "UNSET"),
        ("client_secret = \"s\"", "client_secret_file = \"/nowhere\"", "oidc.client_secret_file", "nowhere"),
    ] {
        let error = build(&GOOD.replace(line, with)).unwrap_err();
        assert_eq!(error.organization(), Some("1"), "{with}: {error}");
        assert_eq!(error.field(), field, "{error}");
        assert!(error.problem().contains(says), "{error}");
    }
    let roles = "[connection.roles]\nattribute = \"groups\"\ndefault = \"read\"\n[connection.roles.map]\nadmins = \"admin\"\n";
    let group =
        "[[connection.groups]]\nattribute = \"groups\"\nvalue = \"a\"\ngroup = \"g\"\nrole = \"read\"\n";
    let mapped = format!("{GOOD}{roles}{group}");
    assert!(build(&mapped).is_ok());
    let admins = "default = \"admin\"\ndangerous_admin_default = true";
    assert!(build(&mapped.replace("default = \"read\"", admins)).is_ok());
    for (line, with, field, says) in [
        ("admins = \"admin\"", "admins = \"root\"", "roles.map.admins", "read, contributor, write, admin"),
        ("admins = \"admin\"", "admins = 1", "roles.map.admins", "invalid type"),
        ("admins = \"admin\"", "", "roles.map", "admin"),
        ("attribute = \"groups\"", "attribute = \"$[\"", "roles.attribute", "RFC 9535"),
        ("default = \"read\"", "", "roles", "missing field `default`"),
        ("default = \"read\"", "default = \"admin\"", "roles.default", "does not administer"),
        ("admins = \"admin\"", "admins = \"admin\"\n\"\" = \"admin\"", "roles.map.", "a value"),
        ("default = \"read\"", "default = \"read\"\nmaps = 1", "roles.maps", "unknown field"),
        ("group = \"g\"", "", "groups[0]", "missing field `group`"),
        ("role = \"read\"\n", "role = \"owner\"\n", "groups[0].role", "owner"),
    ] {
        let error = build(&mapped.replacen(line, with, 1)).unwrap_err();
        assert_eq!((error.organization(), error.field()), (Some("1"), field), "{error}");
        assert!(error.problem().contains(says), "{error}");
    }
    let join = "[connection.join]\nlifetime = \"12h\"\ndangerous_admin = true\n";
    let connection = build(&format!("{GOOD}{join}")).unwrap();
    assert_eq!((connection.join.lifetime.as_secs(), connection.join.admin), (12 * 3600, true));
    assert!(!connection.join.any_domain);
    for (line, with, field, says) in [
        ("\"12h\"", "\"soon\"", "join.lifetime", "duration"),
        ("\"12h\"", "\"1s\"", "join.lifetime", "1 minute"),
        ("\"12h\"", "12", "join.lifetime", "invalid type"),
        ("true", "\"yes\"", "join.dangerous_admin", "invalid type"),
        ("dangerous_admin", "admin", "join.admin", "unknown field"),
    ] {
        let error = build(&format!("{GOOD}{}", join.replacen(line, with, 1))).unwrap_err();
        assert_eq!((error.organization(), error.field()), (Some("1"), field), "{error}");
        assert!(error.problem().contains(says), "{error}");
    }
    for (claims, field, says) in [
        ("", "required_claims", "expected a claim"),
        ("hd = []", "required_claims.hd", "allowed"),
        ("hd = [\"\"]", "required_claims.hd", "empty"),
        ("hd = \"acme.example\"", "required_claims.hd", "expected a sequence"),
        ("realm.hd = [\"a\"]", "required_claims.realm", "expected a sequence"),
        ("\"$[\" = [\"a\"]", "required_claims.$[", "RFC 9535"),
    ] {
        let error = build(&format!("{GOOD}[connection.required_claims]\n{claims}\n")).unwrap_err();
        assert_eq!((error.organization(), error.field()), (Some("1"), field), "{error}");
        assert!(error.problem().contains(says), "{error}");
    }
    assert!(build(&format!("{GOOD}[connection.required_claims]\n\"realm.hd\" = [\"a\"]\n")).is_ok());
    let on = |line: &str| {
        GOOD.replace("enforcement = \"enforced\"\n", &format!("enforcement = \"enforced\"\n{line}\n"))
    };
    let email = |line: &str| format!("{GOOD}[connection.email]\n{line}\n");
    let group = |line: &str, with: &str| {
        let group =
            "[[connection.groups]]\nattribute = \"groups\"\nvalue = \"a\"\ngroup = \"g\"\nrole = \"read\"\n";
        assert!(build(&format!("{GOOD}{group}")).is_ok() && group.contains(line));
        format!("{GOOD}{}", group.replacen(line, with, 1))
    };
    for good in [
        on("enforcement_scope = \"pilot\""),
        on("public_content = \"open\""),
        on("tokens = \"owner_session\""),
        on("unmatched_groups = \"remove\""),
        email("missing_email_verified = \"accept\"\ndomains = [\"acme.example\"]"),
    ] {
        assert!(build(&good).is_ok(), "{good}");
    }
    for (text, field, says) in [
        (on("enforcement_scope = \"some\""), "enforcement_scope", "`all_members` or `pilot`"),
        (on("public_content = \"closed\""), "public_content", "`strict` or `open`"),
        (on("tokens = \"never\""), "tokens", "`authorized`"),
        (on("unmatched_groups = \"forget\""), "unmatched_groups", "`keep` or `remove`"),
        (email("missing_email_verified = \"maybe\""), "email.missing_email_verified", "`refuse` or `accept`"),
        (email("domains = \"acme.example\""), "email.domains", "expected a sequence"),
        (email("domains = []"), "email.domains", "at least one"),
        (email("domains = [\"acme.example\", \"@acme.example\"]"), "email.domains[1]", "domain"),
        (email("domain = []"), "email.domain", "unknown field"),
        (group("\"groups\"", "\"$[\""), "groups[0].attribute", "RFC 9535"),
        (group("\"a\"", "\"\""), "groups[0].value", "a value"),
        (group("\"g\"", "\"\""), "groups[0].group", "group"),
    ] {
        let error = build(&text).unwrap_err();
        assert_eq!((error.organization(), error.field()), (Some("1"), field), "{error}");
        assert!(error.problem().contains(says), "{error}");
    }
    let no_provider = GOOD.split("[connection.oidc]").next().unwrap();
    assert_eq!(build(no_provider).unwrap_err().field(), "oidc");
    assert!(
        ConnectionDocument::parse_all("[[connection]]\norganization = ")
            .unwrap_err()
            .problem()
            .contains("line 2")
    );
    assert!(ConnectionDocument::parse_all("[[conection]]\n").is_err());
}

#[test]
fn a_text_that_is_not_toml_is_told_by_its_place_and_not_by_its_line() {
    let text = "organization = \"1\"\nenforcement = \"off\"\n[oidc]\nclient_secret = \"hidden-word\" x\n";
    let error = ConnectionDocument::parse(text).unwrap_err();
    assert!(error.problem().starts_with("line 4, column "), "{error}");
    assert!(!error.to_string().contains("hidden"), "{error}");
    let whole = format!("# ü\n[[connection]]\n{text}");
    let error = ConnectionDocument::parse_all(&whole).unwrap_err();
    assert!(error.problem().starts_with("line 6, column "), "{error}");
    assert!(!error.to_string().contains("hidden"), "{error}");
    // A line that is not closed, and one that is there twice.
    for bad in ["client_secret = \"hidden", "client_secret = \"hidden\"\nclient_secret = \"hidden\""] {
        let error = ConnectionDocument::parse(bad).unwrap_err();
        assert!(!error.to_string().contains("hidden") && error.problem().starts_with("line "), "{error}");
    }
}
