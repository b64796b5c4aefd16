//! Members of JSON objects.

use serde_json::{Map, Value};

/// Sets a member, or removes it.
pub(crate) fn set_member(object: &mut Map<String, Value>, name: &str, value: Option<&Value>) {
    match value {
        Some(value) => object.insert(name.to_owned(), value.clone()),
        None => object.remove(name),
    };
}
