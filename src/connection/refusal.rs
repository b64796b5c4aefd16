//! Converts the errors of the protocols (`provider`) to errors of an SSO login. Each protocol has its own kinds; each
//! of them is one kind of [`LoginErrorKind`], which decides the status and the words of the page.

use tower_sso_http::MIN_FORCED_INTERVAL;

use crate::error::{kind::LoginErrorKind, login_error::LoginError};
#[cfg(feature = "oidc")]
use tower_sso_oidc::NoNewerKeys;

impl From<tower_sso_http::ErrorKind> for LoginErrorKind {
    fn from(kind: tower_sso_http::ErrorKind) -> Self {
        use tower_sso_http::ErrorKind as Kind;
        match kind {
            Kind::Unreachable => Self::ProviderUnreachable,
            Kind::Timeout => Self::ProviderTimeout,
            Kind::AnswerTooLarge => Self::ProviderAnswerTooLarge,
            Kind::Redirected => Self::ProviderRedirected,
            Kind::AddressInsecure => Self::ProviderAddressInsecure,
            Kind::AddressPrivate => Self::ProviderAddressPrivate,
        }
    }
}

#[cfg(feature = "oidc")]
impl From<tower_sso_oidc::ErrorKind> for LoginErrorKind {
    fn from(kind: tower_sso_oidc::ErrorKind) -> Self {
        use tower_sso_oidc::ErrorKind as Kind;
        match kind {
            Kind::LookupFailed => Self::LookupFailed,
            Kind::RequestInvalid => Self::RequestInvalid,
            Kind::StateMissing => Self::StateMissing,
            Kind::ParameterRepeated => Self::ParameterRepeated,
            Kind::ProviderError => Self::ProviderError,
            Kind::CodeMissing => Self::CodeMissing,
            Kind::CallbackIssuerWrong => Self::CallbackIssuerWrong,
            Kind::CallbackIssuerMissing => Self::CallbackIssuerMissing,
            Kind::ProviderAddressInsecure => Self::ProviderAddressInsecure,
            Kind::DiscoveryFailed => Self::DiscoveryFailed,
            Kind::DiscoveryInvalid => Self::DiscoveryInvalid,
            Kind::DiscoveryIssuerWrong => Self::DiscoveryIssuerWrong,
            Kind::KeysFailed => Self::KeysFailed,
            Kind::KeysInvalid => Self::KeysInvalid,
            Kind::PushedRequestRefused => Self::PushedRequestRefused,
            Kind::TokenRefused => Self::TokenRefused,
            Kind::TokenFailed => Self::TokenFailed,
            Kind::TokenAnswerInvalid => Self::TokenAnswerInvalid,
            Kind::IdTokenMissing => Self::IdTokenMissing,
            Kind::TokenMalformed => Self::TokenMalformed,
            Kind::AlgorithmRefused => Self::AlgorithmRefused,
            Kind::CriticalHeader => Self::CriticalHeader,
            Kind::TokenTypeWrong => Self::TokenTypeWrong,
            Kind::KeyUnknown => Self::KeyUnknown,
            Kind::KeyAmbiguous => Self::KeyAmbiguous,
            Kind::KeyTooWeak => Self::KeyTooWeak,
            Kind::SignatureInvalid => Self::SignatureInvalid,
            Kind::IssuerWrong => Self::IssuerWrong,
            Kind::AudienceWrong => Self::AudienceWrong,
            Kind::AuthorizedPartyWrong => Self::AuthorizedPartyWrong,
            Kind::TokenExpired => Self::TokenExpired,
            Kind::IssuedAtWrong => Self::IssuedAtWrong,
            Kind::NotYetValid => Self::NotYetValid,
            Kind::NonceWrong => Self::NonceWrong,
            Kind::AccessTokenHashWrong => Self::AccessTokenHashWrong,
            Kind::SubjectInvalid => Self::SubjectInvalid,
            Kind::ContextClassWrong => Self::ContextClassWrong,
            Kind::AuthTimeMissing => Self::AuthTimeMissing,
            Kind::AuthTimeTooOld => Self::AuthTimeTooOld,
            Kind::UserinfoFailed => Self::UserinfoFailed,
            Kind::UserinfoInvalid => Self::UserinfoInvalid,
            Kind::UserinfoSubjectWrong => Self::UserinfoSubjectWrong,
            Kind::EmailInvalid => Self::EmailInvalid,
            Kind::Http(kind) => kind.into(),
        }
    }
}

#[cfg(feature = "saml")]
impl From<tower_sso_saml::ErrorKind> for LoginErrorKind {
    fn from(kind: tower_sso_saml::ErrorKind) -> Self {
        use tower_sso_saml::ErrorKind as Kind;
        match kind {
            Kind::LookupFailed => Self::LookupFailed,
            Kind::ParameterRepeated => Self::ParameterRepeated,
            Kind::ProviderAddressInsecure => Self::ProviderAddressInsecure,
            Kind::ContextClassWrong => Self::ContextClassWrong,
            Kind::AuthTimeTooOld => Self::AuthTimeTooOld,
            Kind::SamlEncodingInvalid => Self::SamlEncodingInvalid,
            Kind::SamlTooLarge => Self::SamlTooLarge,
            Kind::SamlTooComplex => Self::SamlTooComplex,
            Kind::SamlDoctype => Self::SamlDoctype,
            Kind::SamlProcessingInstruction => Self::SamlProcessingInstruction,
            Kind::SamlAttributeWhitespace => Self::SamlAttributeWhitespace,
            Kind::SamlXmlInvalid => Self::SamlXmlInvalid,
            Kind::SamlRootWrong => Self::SamlRootWrong,
            Kind::SamlElementUnexpected => Self::SamlElementUnexpected,
            Kind::SamlAssertionCount => Self::SamlAssertionCount,
            Kind::SamlIdInvalid => Self::SamlIdInvalid,
            Kind::SamlTextMixed => Self::SamlTextMixed,
            Kind::SamlSignatureShape => Self::SamlSignatureShape,
            Kind::SamlSignatureMisplaced => Self::SamlSignatureMisplaced,
            Kind::SamlAlgorithmRefused => Self::SamlAlgorithmRefused,
            Kind::SamlSignatureMissing => Self::SamlSignatureMissing,
            Kind::SamlSignatureInvalid => Self::SamlSignatureInvalid,
            Kind::SamlEncryptionRefused => Self::SamlEncryptionRefused,
            Kind::SamlDecryptionFailed => Self::SamlDecryptionFailed,
            Kind::SamlStatusFailed => Self::SamlStatusFailed,
            Kind::SamlIssuerWrong => Self::SamlIssuerWrong,
            Kind::SamlDestinationWrong => Self::SamlDestinationWrong,
            Kind::SamlAudienceWrong => Self::SamlAudienceWrong,
            Kind::SamlConfirmationWrong => Self::SamlConfirmationWrong,
            Kind::SamlInResponseToWrong => Self::SamlInResponseToWrong,
            Kind::SamlConditionInvalid => Self::SamlConditionInvalid,
            Kind::SamlExpired => Self::SamlExpired,
            Kind::SamlNotYetValid => Self::SamlNotYetValid,
            Kind::SamlIssueInstantWrong => Self::SamlIssueInstantWrong,
            Kind::SamlAuthnStatementInvalid => Self::SamlAuthnStatementInvalid,
            Kind::SamlSessionOver => Self::SamlSessionOver,
            Kind::SamlNameIdInvalid => Self::SamlNameIdInvalid,
            Kind::SamlAttributeInvalid => Self::SamlAttributeInvalid,
            Kind::SamlUnsolicited => Self::SamlUnsolicited,
            Kind::SamlMetadataInvalid => Self::SamlMetadataInvalid,
            Kind::SamlLogoutInvalid => Self::SamlLogoutInvalid,
        }
    }
}

impl From<tower_sso_http::Error> for LoginError {
    fn from(error: tower_sso_http::Error) -> Self {
        Self::with(error.kind().into(), error.detail())
    }
}

#[cfg(feature = "oidc")]
impl From<tower_sso_oidc::Error> for LoginError {
    fn from(error: tower_sso_oidc::Error) -> Self {
        let own = named(error.kind().into(), error.detail());
        match error.newer_keys() {
            None => own,
            Some(NoNewerKeys::RequestedRecently) => own.newer_keys_were_requested(),
            Some(NoNewerKeys::Failed(failed)) => own.without_newer_keys(&Self::from(failed.as_ref().clone())),
        }
    }
}

#[cfg(feature = "saml")]
impl From<tower_sso_saml::Error> for LoginError {
    fn from(error: tower_sso_saml::Error) -> Self {
        named(error.kind().into(), error.detail())
    }
}

/// Returns the error of this kind, with the detail if there is one.
fn named(kind: LoginErrorKind, detail: Option<&str>) -> LoginError {
    match detail {
        Some(detail) => LoginError::with(kind, detail),
        None => LoginError::new(kind),
    }
}

impl LoginError {
    /// Records that newer keys of the provider were requested a short while ago, and are not requested again.
    pub(crate) fn newer_keys_were_requested(self) -> Self {
        let seconds = MIN_FORCED_INTERVAL.as_secs();
        self.with_note(format!("newer keys were requested less than {seconds} seconds ago"))
    }
}

#[cfg(all(test, feature = "oidc"))]
mod tests {
    use crate::error::{
        kind::{Advice, LoginErrorKind},
        login_error::LoginError,
    };
    use tower_sso_http::{NoNewerCopy, ReadError};
    use tower_sso_oidc::{Error, ErrorKind};

    fn refused(kind: ErrorKind, newer: Option<NoNewerCopy<Error>>) -> LoginError {
        Error::from(ReadError::Read(Error::with(kind, "RS256"), newer)).into()
    }

    #[test]
    fn a_visitor_is_asked_to_retry_later_if_newer_keys_could_not_be_fetched() {
        let http = |kind| ErrorKind::Http(kind);
        let (down, redirected) =
            (tower_sso_http::ErrorKind::Unreachable, tower_sso_http::ErrorKind::Redirected);
        for (kind, expected) in [
            (ErrorKind::SignatureInvalid, LoginErrorKind::SignatureInvalid),
            (ErrorKind::KeyUnknown, LoginErrorKind::KeyUnknown),
            (ErrorKind::KeyAmbiguous, LoginErrorKind::KeyAmbiguous),
        ] {
            for (newer, advice, note) in [
                (None, Advice::AskAdministrator, None),
                (
                    Some(NoNewerCopy::RequestedRecently),
                    Advice::AskAdministrator,
                    Some("newer keys were requested less than 30 seconds ago"),
                ),
                (
                    Some(NoNewerCopy::Failed(http(down).into())),
                    Advice::TryLater,
                    Some("newer keys could not be fetched: provider_unreachable"),
                ),
                (
                    Some(NoNewerCopy::Failed(ErrorKind::KeysFailed.into())),
                    Advice::AskAdministrator,
                    Some("newer keys could not be fetched: keys_failed"),
                ),
                (
                    Some(NoNewerCopy::Failed(http(redirected).into())),
                    Advice::AskAdministrator,
                    Some("newer keys could not be fetched: provider_redirected"),
                ),
                (
                    Some(NoNewerCopy::Failed(ErrorKind::KeysInvalid.into())),
                    Advice::AskAdministrator,
                    Some("newer keys could not be fetched: keys_invalid"),
                ),
            ] {
                let error = refused(kind, newer);
                assert_eq!(error.kind(), expected);
                let detail = note.map_or_else(|| "RS256".to_owned(), |note| format!("RS256; {note}"));
                assert_eq!((error.advice(), error.detail()), (advice, Some(detail.as_str())));
            }
        }
    }
}
