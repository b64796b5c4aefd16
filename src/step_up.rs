//! [`StepUp`]: what a handler requires of an SSO login beyond a fresh SSO session.
//!
//! The handler's requirement is compared with the SSO session on every request. It also travels through the start page
//! to the provider, as URL parameters that the user can change. This is safe: the user can only change what their own
//! provider is asked for, and not what the handler requires.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use tower_sso_core::{
    ConfigError,
    internal::{Encoded, later},
    session::SsoSession,
};
use url::form_urlencoded;

use crate::challenge_reason::ChallengeReason;

/// What a handler requires of an SSO login: that the user logged in at the provider recently, or in a certain way, or
/// both. If it requires neither, a fresh SSO session is enough. A step-up applies even if the connection is optional.
///
/// ```
/// use std::time::Duration;
/// use tower_sso::StepUp;
///
/// let recently = StepUp::new().within(Duration::from_secs(15 * 60))?;
/// let by_two_factors = StepUp::new().context_class("https://refeds.org/profile/mfa")?;
/// # Ok::<_, tower_sso::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUp {
    /// The maximum age of the login at the provider, in seconds.
    #[serde(rename = "within")]
    within: Option<u64>,
    #[serde(rename = "context_classes")]
    context_classes: Vec<String>,
}

/// How far the provider's clock may be behind the clock of this server.
const LEEWAY: Duration = Duration::from_secs(60);
/// The ages that can be required, in seconds. A shorter age would have passed before the browser returns from the
/// provider.
const ALLOWED_AGES: std::ops::RangeInclusive<u64> = 60..=400 * 24 * 3600;
/// The maximum total length of the context classes, in bytes.
const MAX_CLASSES_BYTES: usize = 1000;

impl StepUp {
    /// Returns a step-up that requires only a fresh SSO session.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires that the user logged in at the provider at most this long ago, in whole seconds. The provider is asked
    /// for it with `max_age` (OpenID Connect Core §3.1.2.1) or `ForceAuthn` (SAML core §3.4.1). If the provider does
    /// not say when the user logged in, the requirement is not met.
    ///
    /// # Errors
    ///
    /// Returns an error if the time is less than a minute or more than 400 days.
    pub fn within(mut self, age: Duration) -> Result<Self, ConfigError> {
        if !ALLOWED_AGES.contains(&age.as_secs()) {
            return Err(ConfigError::new("step_up.within", "expected from 1 minute to 400 days"));
        }
        self.within = Some(age.as_secs());
        Ok(self)
    }

    /// Adds an authentication context class: the login must have one of the classes that were added. Add the preferred
    /// class first. The class is the `acr` of OpenID Connect Core §2, or the `AuthnContextClassRef` of SAML core
    /// §2.7.2.2.
    ///
    /// # Errors
    ///
    /// Returns an error if the class is empty, if it contains anything but printable ASCII without spaces, quotes and
    /// backslashes, or if all classes together are longer than 1,000 bytes.
    pub fn context_class(mut self, class: impl Into<String>) -> Result<Self, ConfigError> {
        let class = class.into();
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        let length: usize = self.context_classes.iter().map(String::len).sum();
        if class.is_empty() || length + class.len() > MAX_CLASSES_BYTES || !class.bytes().all(fits) {
            let problem = format!("expected printable ASCII without spaces, found {class:?}");
            return Err(ConfigError::new("step_up.context_class", problem));
        }
        self.context_classes.push(class);
        Ok(self)
    }

    /// Compares a fresh SSO session with the requirement. Returns the reason for a challenge if it is not met.
    pub(crate) fn met_by(&self, session: &SsoSession, now: SystemTime) -> Result<(), ChallengeReason> {
        if let Some(age) = self.within {
            let until = session.authenticated_at.map(|at| later(at, Duration::from_secs(age) + LEEWAY));
            if until.is_none_or(|until| until <= now) {
                return Err(ChallengeReason::TooLongAgo);
            }
        }
        let class = session.context_class.as_ref();
        let good = self.context_classes.is_empty()
            || class.is_some_and(|class| self.context_classes.contains(class));
        if good { Ok(()) } else { Err(ChallengeReason::OtherContextClass) }
    }

    /// Returns the maximum age to ask the provider for. It is up to a minute shorter than the required age, so that the
    /// login is still recent enough when the handler checks it.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.within.map(|age| Duration::from_secs(age - (age / 2).min(60)))
    }

    pub(crate) fn context_classes(&self) -> &[String] {
        &self.context_classes
    }

    /// Returns the parameters for a URL or a form: `max_age` in seconds, `acr_values` separated by spaces.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let classes = (!self.context_classes.is_empty()).then(|| self.context_classes.join(" "));
        let age = self.within.map(|age| ("max_age", age.to_string()));
        age.into_iter().chain(classes.map(|classes| ("acr_values", classes)))
    }

    /// Reads the parameters of a URL or a form, and ignores others. Returns `None` if a value is invalid or is given
    /// twice.
    pub(crate) fn parse(encoded: &[u8]) -> Option<Self> {
        let mut asked = Self::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            match name.as_ref() {
                "max_age" if asked.within.is_none() => {
                    asked = asked.within(Duration::from_secs(value.parse().ok()?)).ok()?;
                }
                "acr_values" if asked.context_classes.is_empty() => {
                    for class in value.split(' ') {
                        asked = asked.context_class(class).ok()?;
                    }
                }
                "max_age" | "acr_values" => return None,
                _ => {}
            }
        }
        Some(asked)
    }

    /// Returns the parameters for a URL that already has a query. Each begins with `&`.
    pub(crate) fn query(&self) -> String {
        self.parameters().fold(String::new(), |mut query, (name, value)| {
            // Writing to a string does not fail.
            let _ = write!(query, "&{name}={}", Encoded(&value));
            query
        })
    }

    /// Returns the parameters for `WWW-Authenticate` (RFC 9470 §3).
    pub(crate) fn attributes(&self) -> String {
        self.parameters().fold(String::new(), |mut attributes, (name, value)| {
            let _ = write!(attributes, ", {name}=\"{value}\"");
            attributes
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::enforce::decide::tests::{fresh, now};

    const MINUTE: Duration = Duration::from_secs(60);

    fn seen(ago: Option<Duration>, class: Option<&str>) -> SsoSession {
        let mut session = fresh();
        session.authenticated_at = ago.map(|ago| now() - ago);
        session.context_class = class.map(str::to_owned);
        session
    }

    #[test]
    fn a_step_up_is_met_only_by_a_matching_login() {
        let nothing = StepUp::new();
        let recent = StepUp::new().within(5 * MINUTE).unwrap();
        let strong = StepUp::new().context_class("mfa").unwrap().context_class("phr").unwrap();
        let both = recent.clone().context_class("mfa").unwrap();
        let second = Duration::from_secs(1);
        for (asked, ago, class, answer) in [
            (&nothing, None, None, Ok(())),
            (&recent, Some(Duration::ZERO), None, Ok(())),
            // The leeway of a minute, and the bound itself.
            (&recent, Some(6 * MINUTE - second), None, Ok(())),
            (&recent, Some(6 * MINUTE), None, Err(ChallengeReason::TooLongAgo)),
            // What the provider did not say is never taken for recent.
            (&recent, None, None, Err(ChallengeReason::TooLongAgo)),
            (&strong, None, Some("mfa"), Ok(())),
            (&strong, None, Some("phr"), Ok(())),
            (&strong, None, Some("pwd"), Err(ChallengeReason::OtherContextClass)),
            (&strong, None, Some("mfa "), Err(ChallengeReason::OtherContextClass)),
            (&strong, None, None, Err(ChallengeReason::OtherContextClass)),
            (&both, Some(MINUTE), Some("mfa"), Ok(())),
            (&both, Some(MINUTE), None, Err(ChallengeReason::OtherContextClass)),
            (&both, None, Some("mfa"), Err(ChallengeReason::TooLongAgo)),
        ] {
            assert_eq!(asked.met_by(&seen(ago, class), now()), answer, "{asked:?} {ago:?} {class:?}");
        }
    }

    #[test]
    fn an_invalid_step_up_is_refused() {
        for age in [Duration::ZERO, MINUTE - Duration::from_millis(1), Duration::MAX] {
            assert_eq!(StepUp::new().within(age).unwrap_err().field(), "step_up.within");
        }
        assert!(StepUp::new().within(MINUTE).is_ok());
        let longest = 400 * 24 * 60 * MINUTE;
        assert!(StepUp::new().within(longest).is_ok());
        assert!(StepUp::new().within(longest + Duration::from_secs(1)).is_err());
        assert!(StepUp::new().context_class("x".repeat(MAX_CLASSES_BYTES)).is_ok());
        for class in ["", "a b", "a\"b", "a\\b", "a\nb", "ä", &"x".repeat(MAX_CLASSES_BYTES + 1)] {
            assert_eq!(StepUp::new().context_class(class).unwrap_err().field(), "step_up.context_class");
        }
    }

    #[test]
    fn an_invalid_step_up_in_an_address_is_ignored() {
        for query in [
            "max_age=0",
            "max_age=-1",
            "max_age=x",
            "max_age=60&max_age=60",
            "acr_values=",
            "acr_values=a&acr_values=b",
        ] {
            assert_eq!(StepUp::parse(query.as_bytes()), None, "{query}");
        }
        assert_eq!(StepUp::parse(b"return_to=%2F&other=1"), Some(StepUp::new()));
    }

    #[test]
    fn the_provider_is_asked_for_a_fresher_login_than_the_handler_requires() {
        for (age, asked) in [(60, 30), (90, 45), (120, 60), (300, 240), (3600, 3540)] {
            let step_up = StepUp::new().within(Duration::from_secs(age)).unwrap();
            assert_eq!(step_up.max_age(), Some(Duration::from_secs(asked)));
        }
    }

    proptest! {
        #[test]
        fn a_step_up_survives_encoding_in_an_address(age in proptest::option::of(ALLOWED_AGES), classes in proptest::collection::vec("[!#-\\[\\]-~]{1,40}", 0..4)) {
            let mut asked = StepUp::new();
            if let Some(age) = age {
                asked = asked.within(Duration::from_secs(age)).unwrap();
            }
            for class in classes {
                asked = asked.context_class(class).unwrap();
            }
            prop_assert_eq!(StepUp::parse(asked.query().as_bytes()), Some(asked));
        }

        #[test]
        fn parsing_a_step_up_never_panics(query in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = StepUp::parse(&query);
        }
    }
}
