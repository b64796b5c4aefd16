//! The path of an attribute in a profile: a key, names separated by dots, or a JSONPath.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    connection::mapping::{
        query::Query,
        values::{ProfileProblem, values},
    },
    identity::Profile,
};

/// The maximum length of a path, in bytes.
const MAX_PATH_BYTES: usize = 512;

/// The path of an attribute. The first of these that fits decides:
///
/// 1. a key of the profile that is exactly the path, dots included: `https://hub.example/roles`;
/// 2. names separated by dots, each the key of an object: `realm_access.roles`;
/// 3. a JSONPath (RFC 9535), which begins with `$`: `$.apps[?@.id == 'hub'].role`.
#[derive(Debug)]
pub(crate) struct AttributePath {
    text: String,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Dots(Vec<String>),
    Query(Query),
}

impl AttributePath {
    /// Parses a path. The error says what is wrong with it, for the person who wrote it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.trim() != text {
            return Err(format!("expected the name or path of an attribute, found {text:?}"));
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(format!("expected at most {MAX_PATH_BYTES} bytes, found {}", text.len()));
        }
        let form = if text.starts_with('$') {
            Form::Query(Query::parse(text)?)
        } else {
            let parts: Vec<_> = text.split('.').map(str::to_owned).collect();
            if parts.iter().any(String::is_empty) {
                return Err(format!("expected names with single dots in between, found {text:?}"));
            }
            Form::Dots(parts)
        };
        Ok(Self { text: text.to_owned(), form })
    }

    /// Returns the path as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the attribute's values. The list is empty if the profile does not have the attribute, or has it as
    /// `null`.
    pub(crate) fn values<'p>(
        &self,
        profile: &'p Profile,
    ) -> Result<Option<Vec<Cow<'p, str>>>, ProfileProblem> {
        let exact = profile.attributes().get(&self.text);
        let nodes = match (exact, &self.form) {
            (Some(value), _) => vec![value],
            (None, Form::Dots(parts)) => descend(profile, parts)?.into_iter().collect(),
            (None, Form::Query(query)) => query.select(profile.value()),
        };
        values(&self.text, &nodes)
    }

    /// Returns whether the path reads the attribute of this key, or may read it.
    pub(crate) fn reads(&self, key: &str) -> bool {
        let head = match &self.form {
            Form::Dots(parts) => parts.first().map(String::as_str),
            Form::Query(query) => query.head(),
        };
        key == self.text || head.is_none_or(|head| head == key)
    }
}

/// Follows the names. Returns `None` if one of them is missing.
fn descend<'p>(profile: &'p Profile, parts: &[String]) -> Result<Option<&'p Value>, ProfileProblem> {
    let mut node = profile.value();
    let mut path = String::new();
    for part in parts {
        match node {
            Value::Object(object) => match object.get(part) {
                Some(inner) => node = inner,
                None => return Ok(None),
            },
            Value::Null => return Ok(None),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(ProfileProblem::wrong_type(path, "an object", node));
            }
        }
        path = if path.is_empty() { part.clone() } else { format!("{path}.{part}") };
    }
    Ok(Some(node))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn profile(value: Value) -> Profile {
        serde_json::from_value(value).unwrap()
    }

    fn read(path: &str, profile: &Profile) -> Result<Option<Vec<String>>, String> {
        let values =
            AttributePath::parse(path).unwrap().values(profile).map_err(|problem| problem.to_string())?;
        Ok(values.map(|values| values.into_iter().map(Cow::into_owned).collect()))
    }

    #[test]
    fn every_form_of_path_reads_every_shape_of_value() {
        let profile = profile(json!({
            "one": "a", "many": ["a", "b"], "same": ["a", "a"], "none": [], "null": null, "nulls": [null, "a"],
            "number": 7, "negative": [-1], "yes": true, "no": false,
            "https://hub.example/roles": ["namespaced"],
            "a": {"b": {"c": "dots", "list": ["x"]}, "null": null}, "a.b": {"c": "a key with a dot, inside"},
            "a.b.d": "exact", "$.exact": "exact too",
            "apps": [{"id": "hub", "roles": ["r", "s"]}, {"id": "wiki", "roles": "t"}],
        }));
        let some =
            |values: &[&str]| Ok(Some(values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>()));
        for (path, expected) in [
            ("one", some(&["a"])),
            ("many", some(&["a", "b"])),
            ("same", some(&["a"])),
            ("none", some(&[])),
            ("null", Ok(None)),
            ("nulls", some(&["a"])),
            ("nowhere", Ok(None)),
            ("number", some(&["7"])),
            ("negative", some(&["-1"])),
            ("yes", some(&["true"])),
            ("no", some(&["false"])),
            ("https://hub.example/roles", some(&["namespaced"])),
            ("a.b.c", some(&["dots"])),
            ("a.b.list", some(&["x"])),
            ("a.b.d", some(&["exact"])),
            ("a.null", Ok(None)),
            ("a.null.b", Ok(None)),
            ("a.nothing.b", Ok(None)),
            ("$.exact", some(&["exact too"])),
            ("$['a.b'].c", some(&["a key with a dot, inside"])),
            ("$.apps[*].roles", some(&["r", "s", "t"])),
            ("$.apps[?@.id=='hub'].roles[*]", some(&["r", "s"])),
            ("$.apps[?@.id=='gone'].roles", Ok(None)),
            ("$.null", Ok(None)),
            ("$.none", some(&[])),
        ] {
            assert_eq!(read(path, &profile), expected, "{path}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_reported_with_its_path() {
        let profile = profile(json!({
            "object": {"a": 1}, "objects": ["a", {"name": "b"}], "nested": [["a"]],
            "fraction": 1.5, "text": "a", "list": ["a"],
        }));
        for (path, says) in [
            ("object", "object: expected a text or a list of texts, found an object"),
            ("objects", "objects: expected a text, found an object"),
            ("nested", "nested: expected a text, found a list"),
            ("fraction", "fraction: expected a text or a list of texts, found a number with a fraction"),
            ("text.a", "text: expected an object, found a text"),
            ("list.a", "list: expected an object, found a list"),
            ("$.object", "$.object: expected a text or a list of texts, found an object"),
            ("$.*", "$.*: expected a text or a list of texts, found a number with a fraction"),
        ] {
            assert_eq!(read(path, &profile), Err(says.to_owned()), "{path}");
        }
    }

    #[test]
    fn a_path_that_can_not_be_read_is_refused() {
        let long = "a".repeat(MAX_PATH_BYTES + 1);
        for path in [
            "", " ", " groups", "groups\n", ".groups", "groups.", "a..b", ".", "$", "$.", "$groups", "$[",
            &long,
        ] {
            // The whole profile is not a list of texts, but `$` is a query.
            assert_eq!(AttributePath::parse(path).is_ok(), path == "$", "{path:?}");
        }
        assert!(AttributePath::parse(&"a".repeat(MAX_PATH_BYTES)).is_ok());
    }

    #[test]
    fn the_attribute_that_a_path_reads_is_known() {
        for (path, key, reads) in [
            ("groups", "groups", true),
            ("groups", "roles", false),
            ("a.b", "a", true),
            ("a.b", "a.b", true),
            ("a.b", "b", false),
            ("$.groups[*]", "groups", true),
            ("$.groups[*]", "roles", false),
            ("$..name", "groups", true),
        ] {
            assert_eq!(AttributePath::parse(path).unwrap().reads(key), reads, "{path} {key}");
        }
    }

    proptest! {
        #[test]
        fn an_exact_key_takes_precedence_over_a_path(key in "\\PC{1,20}", value in "\\PC{0,9}") {
            prop_assume!(key != "a");
            if let Ok(path) = AttributePath::parse(&key) {
                let profile = profile(json!({ key.as_str(): value.as_str(), "a": {"b": "other"} }));
                let read = path.values(&profile).unwrap().unwrap();
                prop_assert_eq!(read, [value]);
            }
        }

        #[test]
        fn reading_a_path_never_panics(path in "\\PC{0,30}", name in "[ab.]{1,4}", number: i64) {
            if let Ok(path) = AttributePath::parse(&path) {
                let profile = profile(json!({ name: {"a": [number, [null]]}, "b": [{"b": 1.5}] }));
                let _ = path.values(&profile);
            }
        }
    }
}
