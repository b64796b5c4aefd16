//! Settings as named texts: what a connection's version is made of, and what a reload compares.
//!
//! Each name is a text in the code, and never taken from a type, a variant or a field: renaming one of these ends no
//! session.

use tower_sso_core::Digest;

/// Settings as named texts. Each name is followed by the number of its values, so that two lists of settings never have
/// one form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint(Vec<String>);

impl Fingerprint {
    /// Adds a setting: its value, several in their order, or none. Durations are in nanoseconds.
    pub(crate) fn with(
        mut self,
        name: &'static str,
        values: impl IntoIterator<Item = impl ToString>,
    ) -> Self {
        let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
        self.0.extend([name.to_owned(), values.len().to_string()]);
        self.0.extend(values);
        self
    }

    /// Adds the settings of another.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The digest of all of it.
    pub(crate) fn digest(&self, label: &str) -> Digest {
        let parts: Vec<_> = self.0.iter().map(String::as_str).collect();
        Digest::of(label, &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_settings_never_have_the_same_fingerprint() {
        let of = |settings: &[(&'static str, &[&str])]| {
            let with = |it: Fingerprint, (name, values): &(&'static str, &[&str])| it.with(name, *values);
            settings.iter().fold(Fingerprint::default(), with)
        };
        let all = [
            of(&[]),
            of(&[("a", &[])]),
            of(&[("a", &[""])]),
            of(&[("a", &["b"])]),
            of(&[("a", &["b", "c"])]),
            of(&[("a", &["b"]), ("c", &[])]),
            of(&[("a", &[]), ("b", &["c"])]),
            of(&[("a", &["b c"])]),
            of(&[("a", &["1", "b"])]),
            of(&[("a", &["b", "c", "0"])]),
        ];
        for (at, one) in all.iter().enumerate() {
            for other in &all[..at] {
                assert_ne!(one, other);
                assert_ne!(one.digest("label"), other.digest("label"));
            }
        }
        assert_eq!(of(&[("a", &["b"])]).and(of(&[("c", &["d"])])), of(&[("a", &["b"]), ("c", &["d"])]));
    }
}
