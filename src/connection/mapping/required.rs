//! The claims that a connection requires: a user whose profile does not satisfy them cannot log in with SSO.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, iter,
};

use tower_sso_core::ConfigError;

use crate::{
    connection::mapping::{
        attribute::{Attribute, Read},
        values::ProfileProblem,
    },
    fingerprint::Fingerprint,
    identity::Profile,
};

/// The required claims of a connection after all checks. For each claim, at least one value in the profile must be
/// allowed, by exact match.
#[derive(Debug, Default)]
pub struct RequiredClaims(Vec<Required>);

#[derive(Debug)]
struct Required {
    attribute: Attribute,
    allowed: BTreeSet<String>,
}

/// The reason why a profile does not satisfy the required claims. It names the claim, never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimProblem {
    /// The profile does not have the claim.
    Absent {
        /// The path of the claim.
        claim: String,
    },
    /// The claim has no value that is allowed.
    Other {
        /// The path of the claim.
        claim: String,
    },
    /// The provider left the claim out because it would have been too long, and says that it did.
    Overage {
        /// The path of the claim.
        claim: String,
        /// The attribute that says that it was left out.
        marker: &'static str,
    },
    /// The profile cannot be read.
    Unreadable(ProfileProblem),
}

impl RequiredClaims {
    /// Builds the required claims from settings: for each claim a path and the values that are allowed.
    pub(crate) fn build(settings: Vec<(String, Vec<String>)>) -> Result<Self, ConfigError> {
        let mut required: BTreeMap<String, Required> = BTreeMap::new();
        for (path, values) in settings {
            let field = format!("required_claims.{path}");
            let attribute = Attribute::parse(&field, &path)?;
            if values.is_empty() || values.iter().any(String::is_empty) {
                return Err(ConfigError::new(field, "expected the values that are allowed, and none empty"));
            }
            let allowed = values.into_iter().collect();
            if required.insert(path, Required { attribute, allowed }).is_some() {
                return Err(ConfigError::new(field, "appears twice"));
            }
        }
        Ok(Self(required.into_values().collect()))
    }

    /// Returns each path with the values that are allowed, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.0.iter().map(|it| (it.attribute.as_str(), it.allowed.iter().map(String::as_str)))
    }

    /// Returns whether no claim is required.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks whether this profile satisfies every required claim. An SSO login makes exactly this check.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first claim that is absent, has no value that is allowed, or cannot be read.
    pub fn evaluate(&self, profile: &Profile) -> Result<(), ClaimProblem> {
        for Required { attribute, allowed } in &self.0 {
            let claim = || attribute.as_str().to_owned();
            match attribute.read(profile) {
                Read::Values(values) if values.iter().any(|value| allowed.contains(value.as_ref())) => {}
                Read::Values(_) => return Err(ClaimProblem::Other { claim: claim() }),
                Read::Absent => return Err(ClaimProblem::Absent { claim: claim() }),
                Read::Overage(marker) => return Err(ClaimProblem::Overage { claim: claim(), marker }),
                Read::Unreadable(problem) => return Err(ClaimProblem::Unreadable(problem)),
            }
        }
        Ok(())
    }

    /// Returns the fingerprint that is part of the connection's version. It is empty if no claim is required.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.iter().fold(Fingerprint::default(), |it, (path, allowed)| {
            it.with("required_claim", iter::once(path).chain(allowed))
        })
    }
}

impl fmt::Display for ClaimProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { claim } => write!(f, "there is no {claim}, which the connection requires"),
            Self::Other { claim } => write!(f, "{claim} has no value that the connection allows"),
            Self::Overage { claim, marker } => write!(f, "the provider left {claim} out, as {marker} says"),
            Self::Unreadable(problem) => write!(f, "{problem}"),
        }
    }
}

impl std::error::Error for ClaimProblem {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn build(settings: &[(&str, &[&str])]) -> Result<RequiredClaims, ConfigError> {
        let owned = settings.iter().map(|(path, values)| {
            ((*path).to_owned(), values.iter().map(|&value| value.to_owned()).collect())
        });
        RequiredClaims::build(owned.collect())
    }

    fn judge(claims: &RequiredClaims, profile: Value) -> Result<(), String> {
        let profile = serde_json::from_value(profile).unwrap();
        claims.evaluate(&profile).map_err(|problem| problem.to_string())
    }

    #[test]
    fn every_required_claim_must_have_an_allowed_value() {
        let claims = build(&[("hd", &["acme.example", "acme.test"]), ("a.b", &["1", "true"])]).unwrap();
        let refused = |says: &str| Err(says.to_owned());
        let other = || refused("hd has no value that the connection allows");
        for (profile, expected) in [
            (json!({"hd": "acme.example", "a": {"b": 1}}), Ok(())),
            (json!({"hd": ["x", "acme.test"], "a": {"b": [true]}}), Ok(())),
            (json!({"hd": "acme.example", "a.b": "1", "a": {"b": 2}}), Ok(())),
            (json!({"hd": "Acme.Example", "a": {"b": 1}}), other()),
            (json!({"hd": "acme.example.evil.example", "a": {"b": 1}}), other()),
            (json!({"hd": " acme.example", "a": {"b": 1}}), other()),
            (json!({"hd": "", "a": {"b": 1}}), other()),
            (json!({"hd": [], "a": {"b": 1}}), other()),
            (json!({"a": {"b": 1}}), refused("there is no hd, which the connection requires")),
            (json!({"hd": null, "a": {"b": 1}}), refused("there is no hd, which the connection requires")),
            (json!({"hd": "acme.example"}), refused("there is no a.b, which the connection requires")),
            (
                json!({"hd": "acme.example", "a": {"b": 2}}),
                refused("a.b has no value that the connection allows"),
            ),
            (
                json!({"hd": {"acme.example": 1}, "a": {"b": 1}}),
                refused("hd: expected a text or a list of texts, found an object"),
            ),
            (json!({"hd": "acme.example", "a": "b"}), refused("a: expected an object, found a text")),
        ] {
            assert_eq!(judge(&claims, profile.clone()), expected, "{profile}");
        }
        let groups = build(&[("groups", &["staff"])]).unwrap();
        assert_eq!(judge(&groups, json!({"groups": ["staff"]})), Ok(()));
        let left_out = json!({"groups": ["staff"], "_claim_names": {"groups": "s"}});
        assert_eq!(judge(&groups, left_out), refused("the provider left groups out, as _claim_names says"));
        assert_eq!(judge(&RequiredClaims::default(), json!({})), Ok(()));
    }

    #[test]
    fn bad_settings_are_refused_with_the_path_of_the_field() {
        for (settings, field) in [
            (&[("hd", &[][..])][..], "required_claims.hd"),
            (&[("hd", &["a", ""])], "required_claims.hd"),
            (&[("", &["a"])], "required_claims."),
            (&[("a..b", &["a"])], "required_claims.a..b"),
            (&[("$[", &["a"])], "required_claims.$["),
            (&[("hd", &["a"]), ("hd", &["b"])], "required_claims.hd"),
        ] {
            assert_eq!(build(settings).unwrap_err().field(), field);
        }
        assert!(build(&[("hd", &["a"]), ("tid", &["b"])]).is_ok());
    }

    proptest! {
        #[test]
        fn a_required_claim_matches_only_its_exact_value(
            path in "\\PC{1,20}", allowed in "\\PC{1,9}", said in "\\PC{0,9}",
        ) {
            if let Ok(claims) = build(&[(&path, &[&allowed])]) {
                let judged = judge(&claims, json!({ path.as_str(): said.as_str() }));
                // The value under these names says that groups were left out.
                prop_assume!(!["_claim_names", "hasgroups"].contains(&path.as_str()));
                prop_assert_eq!(judged.is_ok(), said == allowed);
                let twin = judge(&claims, json!({ path.as_str(): allowed.as_str() }));
                prop_assert_eq!(twin, Ok(()));
            }
        }

        #[test]
        fn checking_required_claims_never_panics(path in "\\PC{0,30}", name in "[ab.$]{1,4}", number: i64) {
            if let Ok(claims) = build(&[(&path, &["1"])]) {
                let _ = judge(&claims, json!({ name: {"a": [number, [null]]}, "b": [{"b": 1.5}] }));
            }
        }
    }
}
