//! JSON from a provider. An object that contains a key twice is refused, at any depth.
//!
//! Every document that this crate reads goes through [`object`]: metadata, key sets, token responses, headers, claims
//! and userinfo.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// Parses a JSON object and refuses duplicate keys. Parsers differ in which of two equal keys they use, and one
/// document could have two meanings (RFC 8259 §4, RFC 8725 §2.6). Depth is bounded by `serde_json`'s own limit of
/// 128.
///
/// # Errors
///
/// Returns the parser's error, which says the position and never quotes a value, or `a key appears twice`.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    // Two passes: `serde_json` parses the numbers, which keeps them exact with whatever features the app enables.
    serde_json::from_slice::<DistinctKeys>(bytes)?;
    serde_json::from_slice(bytes)
}

/// A JSON value in which the keys of every object are distinct. The value itself is not kept.
struct DistinctKeys;

impl<'de> Deserialize<'de> for DistinctKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

/// Visits a value, and refuses a key that appears twice in one object.
struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = DistinctKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DistinctKeys, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<DistinctKeys>()?;
            if !keys.insert(key) {
                return Err(A::Error::custom("a key appears twice"));
            }
        }
        Ok(DistinctKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<DistinctKeys, A::Error> {
        while seq.next_element::<DistinctKeys>()?.is_some() {}
        Ok(DistinctKeys)
    }

    fn visit_unit<E>(self) -> Result<DistinctKeys, E> {
        Ok(DistinctKeys)
    }

    fn visit_bool<E>(self, _: bool) -> Result<DistinctKeys, E> {
        Ok(DistinctKeys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<DistinctKeys, E> {
        Ok(DistinctKeys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<DistinctKeys, E> {
        Ok(DistinctKeys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<DistinctKeys, E> {
        Ok(DistinctKeys)
    }

    fn visit_str<E>(self, _: &str) -> Result<DistinctKeys, E> {
        Ok(DistinctKeys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_distinct_keys_is_read() {
        let text = r#"{"a":[{"a":1},{"a":null}],"b":1.5e3,"c":-1,"d":"\u0061","e":true,"f":{}}"#;
        assert_eq!(Value::Object(object(text.as_bytes()).expect("JSON")).to_string(), {
            serde_json::from_str::<Value>(text).expect("JSON").to_string()
        });
    }

    #[test]
    fn a_doubled_key_is_refused_at_any_depth_and_in_any_spelling() {
        for text in [
            r#"{"sub":"a","sub":"b"}"#,
            r#"{"sub":"a","sub":"a"}"#,
            r#"{"sub":"a","\u0073ub":"b"}"#,
            r#"{"a":{"b":[1,{"c":1,"c":2}]}}"#,
        ] {
            assert!(object(text.as_bytes()).expect_err(text).to_string().contains("twice"), "{text}");
        }
    }

    #[test]
    fn anything_but_a_json_object_is_refused() {
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        for text in ["", "[]", "null", "\"a\"", "{", "{}x", "{'a':1}", "<html>", "{\"a\":1e999}", &deep] {
            assert!(object(text.as_bytes()).is_err(), "{text}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }
}
