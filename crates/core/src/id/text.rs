//! A text that is cheap to clone, compare and find. A short text is stored in the value itself.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The text of an identifier.
///
/// Short texts are copied instead of reference-counted: a request clones several, and all cores would write to the
/// reference count of a text that they share. A comparison of short texts follows no pointer either.
#[derive(Clone, PartialEq, Eq)]
pub struct InlineStr(Kept);

/// How a text is stored. Equal texts are always stored in the same way.
#[derive(Clone, PartialEq, Eq)]
enum Kept {
    /// The bytes after the text are zero.
    Short {
        length: u8,
        bytes: [u8; SHORT],
    },
    Long(Arc<str>),
}

/// The maximum length of a short text in bytes: a UUID has 36, a SHA-256 digest in base64url has 43.
const SHORT: usize = 46;

impl InlineStr {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // The bytes came from a text, so this can't fail.
            Kept::Short { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Kept::Long(text) => text,
        }
    }

    /// Returns the bytes of the text.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Kept::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Kept::Long(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for InlineStr {
    fn from(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self(Kept::Short { length, bytes })
            }
            (_, _) => Self(Kept::Long(text.into())),
        }
    }
}

impl Hash for InlineStr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.as_bytes());
        // A byte that never occurs in UTF-8 marks the end.
        state.write_u8(0xff);
    }
}

impl Ord for InlineStr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for InlineStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for InlineStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for InlineStr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for InlineStr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl de::Visitor<'_> for Read {
            type Value = InlineStr;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<InlineStr, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Read)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use proptest::prelude::*;

    use super::*;

    /// Lengths around the maximum of a short text, and beyond 255.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,3}", "[a\\x00ä]{20,50}", "a{44,48}\\x00{0,3}", "b{250,260}"]
    }

    #[test]
    fn an_inline_string_has_48_bytes_and_stores_short_text_inline() {
        assert_eq!(size_of::<InlineStr>(), 48);
        assert!(matches!(InlineStr::from("x".repeat(SHORT).as_str()).0, Kept::Short { .. }));
        assert!(matches!(InlineStr::from("x".repeat(SHORT + 1).as_str()).0, Kept::Long(_)));
    }

    proptest! {
        #[test]
        fn an_inline_string_behaves_like_its_text(a in texts(), b in texts()) {
            let (x, y) = (InlineStr::from(a.as_str()), InlineStr::from(b.as_str()));
            prop_assert_eq!((x.as_str(), y.as_str()), (a.as_str(), b.as_str()));
            prop_assert_eq!((x == y, x.cmp(&y)), (a == b, a.cmp(&b)));
            let hasher = foldhash::quality::RandomState::default();
            prop_assert_eq!(hasher.hash_one(&x) == hasher.hash_one(&y), a == b);
            prop_assert_eq!(hasher.hash_one(&x), hasher.hash_one(x.clone()));
            let json = serde_json::to_string(&x).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&a).unwrap());
            prop_assert_eq!(serde_json::from_str::<InlineStr>(&json).unwrap(), x);
        }
    }
}
