//! Request parameters, from a query or a form.

use url::form_urlencoded;

/// Decoded parameters in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// Returns a parameter's value. A parameter without a value counts as absent (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// Returns a parameter's value as a list of words, separated by spaces.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        self.get(name).unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect()
    }

    /// Returns the name of a repeated parameter, which RFC 6749 §3.1 forbids.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_an_empty_one_counts_as_absent() {
        let params = Params::parse(b"a=b+c%26&d=&scope=openid+email");
        assert_eq!(params.get("a"), Some("b c&"));
        assert_eq!(params.get("d"), None);
        assert_eq!(params.words("scope"), ["openid", "email"]);
        assert_eq!(params.repeated(), None);
    }

    #[test]
    fn a_repeated_parameter_is_found_in_every_encoding() {
        assert_eq!(Params::parse(b"a=1&b=2&%61=1").repeated(), Some("a"));
    }
}
