//! The role in the organization that a profile gives.

use std::{collections::BTreeMap, fmt};

use super::{
    attribute::{Attribute, Read},
    role::{Role, Roles},
};
use crate::{ConfigError, Profile, ProfileProblem};

/// How a profile becomes a role in the organization, as it is written down. Checked when the connection is built.
///
/// ```
/// # use tower_sso::{ClientAuthentication, ConnectionSettings, Enforcement, OidcSettings, RoleSettings, Secret};
/// # let provider = OidcSettings::new("https://idp.example", "hub", ClientAuthentication::None);
/// let roles = RoleSettings::new("groups", "read").map("hub-admins", "admin").map("hub-developers", "write");
/// let connection = ConnectionSettings::oidc("1", Enforcement::Enforced, provider).roles(roles).build()?;
/// # assert!(connection.roles().is_some());
/// # Ok::<_, tower_sso::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RoleSettings {
    attribute: String,
    default: String,
    map: Vec<(String, String)>,
    admin_by_default: bool,
}

/// Settings that weaken a role mapping. Made by [`RoleSettings::dangerous`].
#[derive(Clone, Debug)]
pub struct DangerousRoleSettings(RoleSettings);

impl DangerousRoleSettings {
    /// Takes a default role that administers the organization: whoever the provider says nothing of administers it, and
    /// everybody does once it stops sending the attribute.
    #[must_use]
    pub fn admin_by_default(mut self) -> RoleSettings {
        self.0.admin_by_default = true;
        self.0
    }
}

impl RoleSettings {
    /// The path of the attribute whose values give roles, and the name of the role for whoever has none of these
    /// values and no invitation. See [`roles`](crate::roles) for paths.
    pub fn new(attribute: impl Into<String>, default: impl Into<String>) -> Self {
        Self {
            attribute: attribute.into(),
            default: default.into(),
            map: Vec::new(),
            admin_by_default: false,
        }
    }

    /// A value of the attribute and the name of the role that it gives. At least one must give a role that
    /// administers the organization.
    #[must_use]
    pub fn map(mut self, value: impl Into<String>, role: impl Into<String>) -> Self {
        self.map.push((value.into(), role.into()));
        self
    }

    /// Settings that weaken the mapping.
    #[must_use]
    pub fn dangerous(self) -> DangerousRoleSettings {
        DangerousRoleSettings(self)
    }

    pub(in crate::connection) fn build(self, roles: &Roles) -> Result<RoleMapping, ConfigError> {
        let attribute = Attribute::parse("roles.attribute", &self.attribute)?;
        let default = roles.named(|| "roles.default".to_owned(), &self.default)?;
        if default.is_admin() && !self.admin_by_default {
            let problem = "expected a role that does not administer: everybody would, once the provider stops sending \
                           the attribute";
            return Err(ConfigError::new("roles.default", problem));
        }
        let mut map = BTreeMap::new();
        for (value, name) in self.map {
            let field = || format!("roles.map.{value}");
            if value.is_empty() {
                return Err(ConfigError::new(field(), "expected a value of the attribute"));
            }
            let role = roles.named(field, &name)?;
            if map.contains_key(&value) {
                return Err(ConfigError::new(field(), "stands twice"));
            }
            map.insert(value, role);
        }
        if !map.values().any(Role::is_admin) {
            let expected = "expected at least one value that gives the admin role: nobody could become admin";
            return Err(ConfigError::new("roles.map", expected));
        }
        Ok(RoleMapping { attribute, default, map })
    }
}

/// How a profile becomes a role in the organization, checked.
#[derive(Debug)]
pub struct RoleMapping {
    attribute: Attribute,
    default: Role,
    map: BTreeMap<String, Role>,
}

/// What a profile comes to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleDecision {
    /// What it comes to.
    pub outcome: RoleOutcome,
    /// Why.
    pub reason: RoleReason,
    /// The path of the attribute, as the connection has it.
    pub attribute: String,
}

/// What a profile comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleOutcome {
    /// A value of the attribute gives this role.
    Mapped(Role),
    /// No value does: the role of the invitation, or the connection's default.
    Default(Role),
    /// It can't be told what the provider says: the account keeps the role it has.
    Unknown,
}

/// Why a profile comes to its role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoleReason {
    /// This value gives it; no other gives a more privileged one.
    Matched {
        /// The value.
        value: String,
    },
    /// The attribute has values, or an empty list of them, and none gives a role.
    NoMatch {
        /// How many values.
        values: usize,
        /// Where the role comes from.
        fallback: Fallback,
    },
    /// There is no such attribute.
    NoAttribute {
        /// Where the role comes from.
        fallback: Fallback,
    },
    /// The provider left the attribute out because it would have been too long, and says so.
    Overage {
        /// The attribute that says so.
        marker: &'static str,
    },
    /// The profile can't be read.
    Unreadable(ProfileProblem),
    /// It gives a role that administers the organization, and a join link gives none of these.
    Withheld,
}

/// Where the role of somebody without a mapped value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The invitation.
    Invitation,
    /// The connection's default role.
    DefaultRole,
}

impl RoleMapping {
    /// What this profile would come to, of an account that was invited with this role or with none. A sign-on does
    /// just this.
    ///
    /// 1. The attribute was left out for its length, or the profile can't be read: unknown, and nothing changes.
    /// 2. Values of the attribute give roles, by exact match: the most privileged of them.
    /// 3. The invitation's role.
    /// 4. The default role.
    #[must_use]
    pub fn dry_run(&self, profile: &Profile, invitation: Option<&Role>) -> RoleDecision {
        let (outcome, reason) = self.decide(profile, invitation, |_| true);
        RoleDecision { outcome, reason, attribute: self.attribute.as_str().to_owned() }
    }

    /// The same for somebody who joins by a link, which gives no role that administers: the most privileged one below
    /// that, by the same rules, and where the default one administers the least of all. None if that does, too.
    pub(crate) fn for_join(&self, profile: &Profile, invitation: Option<&Role>) -> Option<RoleDecision> {
        let said = self.dry_run(profile, invitation);
        if !said.role().is_some_and(Role::is_admin) {
            return Some(said);
        }
        let (outcome, _) = self.decide(profile, invitation, |role| !role.is_admin());
        let outcome = match outcome {
            RoleOutcome::Default(role) if role.is_admin() => {
                RoleOutcome::Default(role.least().filter(|least| !least.is_admin())?)
            }
            kept @ (RoleOutcome::Mapped(_) | RoleOutcome::Default(_) | RoleOutcome::Unknown) => kept,
        };
        Some(RoleDecision { outcome, reason: RoleReason::Withheld, ..said })
    }

    fn decide(
        &self,
        profile: &Profile,
        invitation: Option<&Role>,
        gives: fn(&Role) -> bool,
    ) -> (RoleOutcome, RoleReason) {
        let (role, fallback) = match invitation.filter(|role| gives(role)) {
            Some(role) => (role, Fallback::Invitation),
            None => (&self.default, Fallback::DefaultRole),
        };
        let instead = RoleOutcome::Default(role.clone());
        let values = match self.attribute.read(profile) {
            Read::Values(values) => values,
            Read::Absent => return (instead, RoleReason::NoAttribute { fallback }),
            Read::Overage(marker) => return (RoleOutcome::Unknown, RoleReason::Overage { marker }),
            Read::Unreadable(problem) => return (RoleOutcome::Unknown, RoleReason::Unreadable(problem)),
        };
        let mut best: Option<(&str, &Role)> = None;
        for value in &values {
            if let Some(role) = self.map.get(value.as_ref()).filter(|role| gives(role))
                && best.is_none_or(|(_, so_far)| role > so_far)
            {
                best = Some((value, role));
            }
        }
        match best {
            Some((value, role)) => {
                (RoleOutcome::Mapped(role.clone()), RoleReason::Matched { value: value.to_owned() })
            }
            None => (instead, RoleReason::NoMatch { values: values.len(), fallback }),
        }
    }
}

impl RoleDecision {
    /// The role that the account has from now on; none where it keeps the one it has.
    #[must_use]
    pub fn role(&self) -> Option<&Role> {
        match &self.outcome {
            RoleOutcome::Mapped(role) | RoleOutcome::Default(role) => Some(role),
            RoleOutcome::Unknown => None,
        }
    }
}

/// A sentence for an administrator: `admin, by the value "hub-admins" of groups`.
impl fmt::Display for RoleDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role() {
            Some(role) => write!(f, "{role}, ")?,
            None => f.write_str("unchanged, ")?,
        }
        let attribute = &self.attribute;
        match &self.reason {
            RoleReason::Matched { value } => write!(f, "by the value {value:?} of {attribute}"),
            RoleReason::NoMatch { values: 0, fallback } => write!(f, "{fallback}: {attribute} is empty"),
            RoleReason::NoMatch { values, fallback } => {
                write!(f, "{fallback}: {attribute} has {values} values, and none gives a role")
            }
            RoleReason::NoAttribute { fallback } => write!(f, "{fallback}: there is no {attribute}"),
            RoleReason::Overage { marker } => {
                write!(f, "for the provider left {attribute} out, as {marker} says")
            }
            RoleReason::Unreadable(problem) => write!(f, "for {problem}"),
            RoleReason::Withheld => f.write_str("since a join link gives no role that administers"),
        }
    }
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invitation => "by the invitation",
            Self::DefaultRole => "by default",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn settings() -> RoleSettings {
        RoleSettings::new("groups", "read")
            .map("admins", "admin")
            .map("devs", "write")
            .map("helpers", "contributor")
            .map("everybody", "read")
    }

    fn decide(profile: Value, invitation: Option<&str>) -> RoleDecision {
        let roles = Roles::default();
        let profile = serde_json::from_value(profile).unwrap();
        let invitation = invitation.map(|name| roles.role(name).unwrap());
        settings().build(&roles).unwrap().dry_run(&profile, invitation.as_ref())
    }

    #[test]
    fn each_row_of_the_precedence() {
        let left_out = json!({"_claim_names": {"groups": "src1"}});
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        for (profile, invitation, says) in [
            (
                left_out.clone(),
                Some("admin"),
                "unchanged, for the provider left groups out, as _claim_names says",
            ),
            (
                json!({"groups": ["admins"], "_claim_names": {"groups": "s"}}),
                None,
                "unchanged, for the provider left groups out, as _claim_names says",
            ),
            (
                json!({"groups": {"admins": true}}),
                None,
                "unchanged, for groups: expected a text or a list of texts, found an object",
            ),
            (
                json!({"groups": ["admins", {}]}),
                Some("read"),
                "unchanged, for groups: expected a text, found an object",
            ),
            (
                json!({"groups": ["admins"], "x": deep}),
                None,
                "unchanged, for the profile is more than 32 levels deep",
            ),
            (
                json!({"groups": vec!["x"; 20_000]}),
                None,
                "unchanged, for the profile holds more than 16384 values",
            ),
            (json!({"groups": "admins"}), Some("read"), "admin, by the value \"admins\" of groups"),
            (
                json!({"groups": ["everybody", "devs", "helpers"]}),
                Some("admin"),
                "write, by the value \"devs\" of groups",
            ),
            (json!({"groups": ["devs", "admins", "devs"]}), None, "admin, by the value \"admins\" of groups"),
            (json!({"groups": ["everybody"]}), Some("admin"), "read, by the value \"everybody\" of groups"),
            (
                json!({"groups": ["others", "more"]}),
                Some("write"),
                "write, by the invitation: groups has 2 values, and none gives a role",
            ),
            (
                json!({"groups": ["others"]}),
                None,
                "read, by default: groups has 1 values, and none gives a role",
            ),
            (json!({"groups": []}), None, "read, by default: groups is empty"),
            (json!({"groups": null}), None, "read, by default: there is no groups"),
            (
                json!({"roles": ["admins"]}),
                Some("contributor"),
                "contributor, by the invitation: there is no groups",
            ),
            (json!({}), None, "read, by default: there is no groups"),
            // A marker about another attribute is none about this one.
            (json!({"_claim_names": {"roles": "s"}}), None, "read, by default: there is no groups"),
        ] {
            assert_eq!(decide(profile.clone(), invitation).to_string(), says, "{profile:.100}");
        }
        assert_eq!(decide(left_out, None).role(), None);
    }

    #[test]
    fn a_join_gives_no_role_that_administers() {
        let roles = Roles::default();
        let joins = |settings: RoleSettings, profile: Value, invitation: Option<&str>| {
            let profile = serde_json::from_value(profile).unwrap();
            let invitation = invitation.map(|name| roles.role(name).unwrap());
            settings.build(&roles).unwrap().for_join(&profile, invitation.as_ref()).unwrap().to_string()
        };
        let withheld = "since a join link gives no role that administers";
        let admin_by_default =
            || RoleSettings::new("groups", "admin").map("admins", "admin").dangerous().admin_by_default();
        for (settings, profile, invitation, says) in [
            (
                settings(),
                json!({"groups": ["devs"]}),
                None,
                "write, by the value \"devs\" of groups".to_owned(),
            ),
            (
                settings(),
                json!({"groups": []}),
                Some("write"),
                "write, by the invitation: groups is empty".to_owned(),
            ),
            (
                settings(),
                json!({"groups": ["admins", "devs", "everybody"]}),
                None,
                format!("write, {withheld}"),
            ),
            (
                settings(),
                json!({"groups": ["admins"]}),
                Some("contributor"),
                format!("contributor, {withheld}"),
            ),
            (settings(), json!({"groups": ["admins"]}), Some("admin"), format!("read, {withheld}")),
            (settings(), json!({}), Some("admin"), format!("read, {withheld}")),
            (admin_by_default(), json!({}), None, format!("read, {withheld}")),
            (
                settings(),
                json!({"_claim_names": {"groups": "s"}}),
                None,
                "unchanged, for the provider left groups out, as _claim_names says".to_owned(),
            ),
        ] {
            assert_eq!(joins(settings, profile.clone(), invitation), says, "{profile} {invitation:?}");
        }
        // Where every role administers there is none to join with.
        let all = Roles::new(["deputy", "owner"], "deputy").unwrap();
        let mapping = RoleSettings::new("groups", "deputy").map("a", "owner").dangerous().admin_by_default();
        let mapping = mapping.build(&all).unwrap();
        assert_eq!(mapping.for_join(&Profile::default(), None), None);
    }

    #[test]
    fn a_value_matches_exactly_or_not_at_all() {
        for near in [
            "Admins",
            "admins ",
            " admins",
            "admin",
            "adminss",
            "/admins",
            "admins,devs",
            "ADMINS",
            "a\u{301}dmins",
            "",
        ] {
            assert_eq!(
                decide(json!({"groups": [near]}), None).to_string(),
                "read, by default: groups has 1 values, and none gives a role"
            );
        }
    }

    #[test]
    fn an_app_may_bring_roles_of_its_own() {
        let roles = Roles::new(["guest", "manager", "owner"], "manager").unwrap();
        let settings = RoleSettings::new("title", "guest").map("boss", "owner").map("7", "manager");
        let mapping = settings.build(&roles).unwrap();
        let decide = |title: Value| {
            let profile = serde_json::from_value(json!({ "title": title })).unwrap();
            mapping.dry_run(&profile, None).outcome
        };
        assert_eq!(decide(json!(["boss", 7])), RoleOutcome::Mapped(roles.role("owner").unwrap()));
        assert_eq!(decide(json!(7)), RoleOutcome::Mapped(roles.role("manager").unwrap()));
        assert_eq!(decide(json!(true)), RoleOutcome::Default(roles.role("guest").unwrap()));
        // One that administers is enough, whatever it is called.
        assert!(RoleSettings::new("title", "guest").map("boss", "owner").build(&roles).is_ok());
    }

    #[test]
    fn bad_settings_are_refused_by_the_fields_path() {
        let new = RoleSettings::new;
        for (settings, field, says) in [
            (new("", "read").map("a", "admin"), "roles.attribute", "expected the name or path"),
            (new("a..b", "read").map("a", "admin"), "roles.attribute", "single dots"),
            (new("$.a[", "read").map("a", "admin"), "roles.attribute", "RFC 9535"),
            (
                new("groups", "owner").map("a", "admin"),
                "roles.default",
                "expected one of read, contributor, write, admin, found \"owner\"",
            ),
            (new("groups", "Read").map("a", "admin"), "roles.default", "found \"Read\""),
            (new("groups", "read").map("a", "admin").map("b", "boss"), "roles.map.b", "found \"boss\""),
            (new("groups", "read").map("a", "admin").map("a", "read"), "roles.map.a", "twice"),
            (new("groups", "read"), "roles.map", "nobody could become admin"),
            (
                new("groups", "admin").map("a", "write").dangerous().admin_by_default(),
                "roles.map",
                "nobody could become admin",
            ),
            (new("groups", "admin").map("a", "admin"), "roles.default", "does not administer"),
            (new("groups", "read").map("a", "admin").map("", "read"), "roles.map.", "a value"),
        ] {
            let error = settings.clone().build(&Roles::default()).unwrap_err();
            assert_eq!(error.field(), field, "{settings:?}");
            assert!(error.problem().contains(says), "{error}");
        }
        assert!(settings().build(&Roles::default()).is_ok());
    }

    proptest! {
        #[test]
        fn the_order_of_the_values_does_not_matter_and_strangers_change_nothing(
            mut values in proptest::collection::vec("admins|devs|helpers|everybody|[a-z]{1,6}", 0..8),
            strangers in proptest::collection::vec("[A-Z0-9]{1,6}", 0..4),
        ) {
            let first = decide(json!({ "groups": values }), None).outcome;
            values.extend(strangers);
            values.reverse();
            prop_assert_eq!(decide(json!({ "groups": values }), None).outcome, first);
        }
    }

    proptest! {
        /// Whatever the profile and the invitation say, a join gives no role that administers.
        #[test]
        fn no_profile_joins_as_an_administrator(
            values in prop::collection::vec("admins|devs|everybody|[a-z]{0,3}", 0..6),
            invited in prop::option::of(0..4_usize),
            odd in prop::option::of(prop::sample::select(vec![json!(1), json!({}), json!(["admins", 1]), json!(null)])),
        ) {
            let roles = Roles::default();
            let invitation = invited.and_then(|at| roles.role(["read", "contributor", "write", "admin"][at]));
            let profile = json!({"groups": odd.unwrap_or_else(|| values.into())});
            let profile = serde_json::from_value(profile).unwrap();
            let decision = settings().build(&roles).unwrap().for_join(&profile, invitation.as_ref()).unwrap();
            prop_assert!(!decision.role().is_some_and(Role::is_admin), "{}", decision);
        }
    }
}
