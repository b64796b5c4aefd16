//! The code of `docs/roll-out.md`.

mod membership {
    // [membership]

    use tower_sso::{
        Lookup, Membership, Viewer,
        directory::{EnforcementOverride, Member},
    };

    /// A row of the app's own table of members.
    struct Row {
        kind: Kind,
        required: bool,
        in_pilot: bool,
    }

    enum Kind {
        Member,
        BreakGlass,
        Contractor,
        DeployBot,
    }

    /// In `Directory::membership`.
    fn membership(row: Option<&Row>) -> Lookup<Membership> {
        let Some(row) = row else { return Lookup::now(Membership::NonMember) };
        let member = |binding| Membership::Member(Member { binding, pilot: row.in_pilot });
        Lookup::now(match row.kind {
            Kind::Member if row.required => member(EnforcementOverride::Required), // such as an administrator
            Kind::Member => member(EnforcementOverride::Default),
            Kind::BreakGlass => member(EnforcementOverride::Exempt),
            Kind::Contractor => Membership::ExternalCollaborator,
            Kind::DeployBot => Membership::ServiceAccount,
        })
    }

    /// In `Directory::viewer`, of a request with a token that this organization made for itself.
    fn by_its_own_token() -> Lookup<Viewer> {
        Lookup::now(Viewer::organization_token("deploy".into(), "t-7".into()))
    }

    // [/membership]
}

#[test]
fn a_date_or_a_pilot_is_refused_for_an_optional_connection() {
    let block = crate::support::toml_blocks(&crate::support::page("roll-out.md")).remove(0);
    let of = |enforcement: &str, without: &str| {
        let text = block.replace(r#""enforced""#, &format!("{enforcement:?}"));
        let lines: Vec<_> =
            text.lines().filter(|line| without.is_empty() || !line.starts_with(without)).collect();
        crate::support::connections(&lines.join("\n")).map_err(|error| error.field().to_owned())
    };
    assert!(of("enforced", "").is_ok_and(|it| it[0].enforce_from().is_some()));
    assert!(of("off", "").is_ok());
    assert_eq!(of("optional", "").unwrap_err(), "enforce_from");
    assert_eq!(of("optional", "enforcement_scope").unwrap_err(), "enforce_from");
    assert_eq!(of("optional", "enforce_from").unwrap_err(), "enforcement_scope");
}
