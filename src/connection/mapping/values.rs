//! The values of an attribute. Single, repeated and multi-valued attributes all become lists of texts.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde_json::Value;

use crate::identity::Profile;

/// What is wrong with a profile. Nothing is then read from the profile, and nothing changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileProblem {
    /// A value does not have the type that it is read as.
    WrongType {
        /// The path of the value.
        at: String,
        /// The type that was expected.
        expected: &'static str,
        /// The type that was found.
        found: &'static str,
    },
    /// The profile holds more than 16,384 values.
    TooLarge,
    /// The profile's values are nested more than 32 levels deep.
    TooDeep,
}

impl ProfileProblem {
    pub(crate) fn wrong_type(at: impl Into<String>, expected: &'static str, found: &Value) -> Self {
        Self::WrongType { at: at.into(), expected, found: kind(found) }
    }
}

impl fmt::Display for ProfileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType { at, expected, found } => write!(f, "{at}: expected {expected}, found {found}"),
            Self::TooLarge => write!(f, "the profile holds more than {MAX_VALUES} values"),
            Self::TooDeep => write!(f, "the profile is more than {MAX_DEPTH} levels deep"),
        }
    }
}

impl std::error::Error for ProfileProblem {}

/// The maximum number of values in a profile.
const MAX_VALUES: usize = 16_384;
/// The maximum depth of nested values in a profile.
const MAX_DEPTH: usize = 32;

/// Checks that a profile does not exceed the limits on size and depth.
pub(crate) fn check(profile: &Profile) -> Result<(), ProfileProblem> {
    let (mut level, mut count) = (vec![profile.value()], 1);
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(list) => next.extend(list),
                Value::Object(object) => next.extend(object.values()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        count += next.len();
        if count > MAX_VALUES {
            return Err(ProfileProblem::TooLarge);
        }
        if next.is_empty() {
            return Ok(());
        }
        level = next;
    }
    Err(ProfileProblem::TooDeep)
}

/// Returns the distinct values that were found under a path. The list is empty if nothing was found, or only `null`.
///
/// The elements of a list count as values. Whole numbers and booleans count as JSON writes them (`7`, `true`). A
/// `null` is ignored. Anything else has the wrong type, and then nothing of the attribute is read, because part of a
/// list could be taken for less than the provider said.
pub(crate) fn values<'p>(
    path: &str,
    nodes: &[&'p Value],
) -> Result<Option<Vec<Cow<'p, str>>>, ProfileProblem> {
    let wrong = |expected, found| ProfileProblem::wrong_type(path, expected, found);
    let (mut values, mut there) = (Vec::new(), false);
    for node in nodes {
        match node {
            Value::Null => continue,
            Value::Array(list) => {
                for value in list.iter().filter(|value| !value.is_null()) {
                    values.push(text(value).ok_or_else(|| wrong("a text", value))?);
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                values.push(text(node).ok_or_else(|| wrong("a text or a list of texts", node))?);
            }
        }
        there = true;
    }
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    Ok(there.then_some(values))
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(Cow::Owned(number.to_string())),
        Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "a number",
        Value::Number(_) => "a number with a fraction",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(value: Value) -> Result<(), ProfileProblem> {
        check(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn a_profile_that_is_too_large_or_too_deep_is_not_read() {
        // The profile itself and the list count as two of the values, and as one level each.
        assert_eq!(checked(json!({ "a": vec![1; MAX_VALUES - 2] })), Ok(()));
        assert_eq!(checked(json!({ "a": vec![1; MAX_VALUES - 1] })), Err(ProfileProblem::TooLarge));
        let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(checked(json!({ "a": deep(MAX_DEPTH - 2) })), Ok(()));
        assert_eq!(checked(json!({ "a": deep(MAX_DEPTH - 1) })), Err(ProfileProblem::TooDeep));
        assert_eq!(checked(json!({})), Ok(()));
    }
}
