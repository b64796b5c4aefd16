//! Helpers for tests of stored data: a value is always stored as the same text, and the text is read back as the value.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

/// Asserts that a record is stored as exactly this JSON, and that this JSON is read back as the record.
///
/// Stores outlive a version of the crate. A field that is renamed, or a new required one, would make the records of
/// running apps unreadable: this test fails first.
///
/// ```
/// use tower_sso_core::store::LinkScope;
/// use tower_sso_testing::golden::is_kept_as;
///
/// is_kept_as(&LinkScope("https://idp.example".into(), "hub".into()), r#"["https://idp.example","hub"]"#);
/// ```
///
/// # Panics
///
/// Panics if the text is another, or if it can't be read back.
pub fn is_kept_as<T: Serialize + DeserializeOwned>(record: &T, json: &str) {
    assert_eq!(serde_json::to_string(record).unwrap(), json);
    let back: T = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), json, "read back");
}

/// Returns the JSON of a `Digest` whose bytes are all the same.
pub fn digest_of(byte: u8) -> String {
    serde_json::to_string(&[byte; 32]).unwrap()
}

/// Asserts that each value of a setting has this name, and that the name is read back as the value.
///
/// # Panics
///
/// Panics if a name differs, or if it is read back as another value.
pub fn are_named<T: Copy + Debug + PartialEq + DeserializeOwned, const N: usize>(
    as_str: fn(T) -> &'static str,
    named: [(T, &str); N],
) {
    for (value, name) in named {
        assert_eq!(as_str(value), name);
        assert_eq!(serde_json::from_str::<T>(&format!("{name:?}")).unwrap(), value);
    }
}
