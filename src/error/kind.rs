//! The reasons why an SSO login is refused, as one table of kind, name, status and advice.

/// What a visitor is told to do about a refusal. Each advice has one sentence in [`Words`](crate::pages::Words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Nothing is wrong with the account. Start the SSO login again.
    StartAgain,
    /// This site or the provider did not answer. Try again later.
    TryLater,
    /// The provider and this site do not agree. The organization's administrator has to fix it.
    AskAdministrator,
    /// The provider's user does not belong to this account.
    WrongAccount,
    /// The account is not a member of the organization. Sign in with another account, or ask to become a member.
    NoMember,
    /// The provider refused the SSO login.
    ProviderRefused,
    /// Sign in to the host app first.
    SignIn,
    /// There is no such page or connection.
    NotFound,
    /// The join link is no longer valid. Ask for another one.
    AskForLink,
    /// The SSO login succeeded, but it was asked for again.
    Loop,
    /// The SSO session here has ended, but the provider's session may not have ended. Sign out there, too.
    EndedHere,
}

macro_rules! login_errors {
    ($($(#[$doc:meta])+ $kind:ident = $name:literal, $status:literal, $advice:ident;)+) => {
        /// Why an SSO login was refused. Each kind has a stable name, an HTTP status and an [`Advice`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum LoginErrorKind { $($(#[$doc])+ $kind,)+ }

        impl LoginErrorKind {
            /// Every kind, in order.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Returns the stable name, for logs and metrics.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// Returns the HTTP status of the error page.
            #[must_use]
            pub fn status(self) -> http::StatusCode {
                let status: u16 = match self { $(Self::$kind => $status,)+ };
                http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// Returns the advice for the visitor.
            #[must_use]
            pub fn advice(self) -> Advice {
                match self { $(Self::$kind => Advice::$advice,)+ }
            }
        }
    };
}

login_errors! {
    /// The organization is unknown, or has no connection.
    NoConnection = "no_connection", 404, NotFound;
    /// A lookup at the host or a store failed or was late.
    LookupFailed = "lookup_failed", 503, TryLater;
    /// A store has no room for more.
    StoreFull = "store_full", 503, TryLater;
    /// Too many SSO logins were begun.
    RateLimited = "rate_limited", 429, TryLater;
    /// Nobody is signed in to the host app.
    NotSignedIn = "not_signed_in", 401, SignIn;
    /// The host's authentication did not run before the SSO routes.
    ViewerNotEstablished = "viewer_not_established", 500, AskAdministrator;
    /// The viewer is not a member of the organization.
    NotMember = "not_member", 403, NoMember;
    /// There is no such join link, or it was revoked.
    JoinLinkUnknown = "join_link_unknown", 404, AskForLink;
    /// The join link has expired.
    JoinLinkExpired = "join_link_expired", 410, AskForLink;
    /// The host does not accept members by join link, or does not accept this one; or the mapping gives no role to
    /// join with.
    JoinRefused = "join_refused", 403, AskAdministrator;
    /// The host does not create accounts for people who come by a join link.
    NewUserRefused = "newcomer_refused", 403, SignIn;
    /// A form was posted from another site (`Origin`, `Sec-Fetch-Site`).
    CrossOrigin = "cross_origin", 403, StartAgain;
    /// The return path is not a path of this site.
    ReturnPathInvalid = "return_path_invalid", 400, StartAgain;
    /// An SSO login that starts at a provider names no issuer, or not the connection's issuer (OpenID Connect Core
    /// §4).
    InitiatorWrong = "initiator_wrong", 400, AskAdministrator;
    /// The request is malformed: it is not a form, is not UTF-8, or is too large.
    RequestInvalid = "request_invalid", 400, StartAgain;
    /// An SSO login had just succeeded for this account and organization, and another one was requested immediately.
    Loop = "loop", 409, Loop;

    /// The callback has no `state` (RFC 6749 §4.1.2).
    StateMissing = "state_missing", 400, StartAgain;
    /// A parameter of the callback occurs twice (RFC 6749 §3.1).
    ParameterRepeated = "parameter_repeated", 400, StartAgain;
    /// No SSO login was begun with this `state`.
    StateUnknown = "state_unknown", 400, StartAgain;
    /// The SSO login with this `state` was already continued.
    StateUsed = "state_used", 400, StartAgain;
    /// The SSO login was begun too long ago.
    StateExpired = "state_expired", 400, StartAgain;
    /// The SSO login was begun for another organization.
    OtherOrganization = "other_organization", 400, StartAgain;
    /// The SSO login was begun with another credential: in another browser, or in another app session.
    OtherCredential = "other_credential", 403, StartAgain;
    /// The SSO login was begun by another account.
    OtherAccount = "other_account", 403, WrongAccount;
    /// The connection changed while the SSO login was in progress.
    ConnectionChanged = "connection_changed", 409, StartAgain;
    /// The credential, the account or the organization was signed out while the SSO login was in progress.
    Revoked = "revoked", 409, StartAgain;

    /// The request to finish has no ticket.
    TicketMissing = "ticket_missing", 400, StartAgain;
    /// There is no such ticket.
    TicketUnknown = "ticket_unknown", 400, StartAgain;
    /// The ticket was already used.
    TicketUsed = "ticket_used", 400, StartAgain;
    /// The ticket has expired.
    TicketExpired = "ticket_expired", 400, StartAgain;

    /// The provider answered with `error=` (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
    ProviderError = "provider_error", 403, ProviderRefused;
    /// The callback has no `code`.
    CodeMissing = "code_missing", 400, StartAgain;
    /// The callback's `iss` is not the provider's (RFC 9207 §2.4).
    CallbackIssuerWrong = "callback_issuer_wrong", 400, AskAdministrator;
    /// The callback has no `iss` although the provider advertises it (RFC 9207 §2.4).
    CallbackIssuerMissing = "callback_issuer_missing", 400, AskAdministrator;

    /// The provider could not be reached.
    ProviderUnreachable = "provider_unreachable", 502, TryLater;
    /// The provider was too slow.
    ProviderTimeout = "provider_timeout", 504, TryLater;
    /// The provider's answer is too large.
    ProviderAnswerTooLarge = "provider_answer_too_large", 502, AskAdministrator;
    /// The provider answered with a redirect.
    ProviderRedirected = "provider_redirected", 502, AskAdministrator;
    /// An address of the provider is neither `https` nor `http` on loopback; or it is `http` on loopback, but the
    /// provider that names it is not on loopback itself.
    ProviderAddressInsecure = "provider_address_insecure", 502, AskAdministrator;
    /// An address of the provider is a private address.
    ProviderAddressPrivate = "provider_address_private", 502, AskAdministrator;

    /// The discovery document could not be fetched (OpenID Connect Discovery §4).
    DiscoveryFailed = "discovery_failed", 502, AskAdministrator;
    /// The discovery document does not contain what it must contain.
    DiscoveryInvalid = "discovery_invalid", 502, AskAdministrator;
    /// The discovery document names another issuer (OpenID Connect Discovery §4.3).
    DiscoveryIssuerWrong = "discovery_issuer_wrong", 502, AskAdministrator;
    /// The provider's keys could not be fetched.
    KeysFailed = "keys_failed", 502, AskAdministrator;
    /// The provider's key set is malformed or has no usable key (RFC 7517).
    KeysInvalid = "keys_invalid", 502, AskAdministrator;

    /// A pushed authorization request was refused (RFC 9126).
    PushedRequestRefused = "pushed_request_refused", 502, AskAdministrator;
    /// The token endpoint refused the code (RFC 6749 §5.2).
    TokenRefused = "token_refused", 502, AskAdministrator;
    /// The token endpoint failed.
    TokenFailed = "token_failed", 502, TryLater;
    /// The token endpoint's answer is malformed (RFC 6749 §5.1).
    TokenAnswerInvalid = "token_answer_invalid", 502, AskAdministrator;
    /// The token endpoint's answer has no ID token.
    IdTokenMissing = "id_token_missing", 502, AskAdministrator;

    /// A token is not a JWS in compact form, or its header or claims are not JSON (RFC 7515 §7.1).
    TokenMalformed = "token_malformed", 502, AskAdministrator;
    /// A token's `alg` is not allowed.
    AlgorithmRefused = "algorithm_refused", 502, AskAdministrator;
    /// A token's header has `crit` (RFC 7515 §4.1.11).
    CriticalHeader = "critical_header", 502, AskAdministrator;
    /// A token's type is not the one expected (RFC 8725 §3.11).
    TokenTypeWrong = "token_type_wrong", 502, AskAdministrator;
    /// No key of the provider matches the token's `kid`.
    KeyUnknown = "key_unknown", 502, AskAdministrator;
    /// Several keys of the provider match the token.
    KeyAmbiguous = "key_ambiguous", 502, AskAdministrator;
    /// A key is too short: RSA needs 2048 bits.
    KeyTooWeak = "key_too_weak", 502, AskAdministrator;
    /// A token's signature does not verify.
    SignatureInvalid = "signature_invalid", 502, AskAdministrator;

    /// `iss` is missing or wrong (OpenID Connect Core §3.1.3.7 (2)).
    IssuerWrong = "issuer_wrong", 502, AskAdministrator;
    /// `aud` does not contain our client id, or contains others too (OpenID Connect Core §3.1.3.7 (3)).
    AudienceWrong = "audience_wrong", 502, AskAdministrator;
    /// `azp` is not our client id (OpenID Connect Core §3.1.3.7 (5)).
    AuthorizedPartyWrong = "authorized_party_wrong", 502, AskAdministrator;
    /// `exp` is missing, malformed or in the past (OpenID Connect Core §3.1.3.7 (9)).
    TokenExpired = "token_expired", 502, AskAdministrator;
    /// `iat` is missing, malformed, in the future or too far in the past (OpenID Connect Core §3.1.3.7 (10)).
    IssuedAtWrong = "issued_at_wrong", 502, AskAdministrator;
    /// `nbf` is malformed or in the future (RFC 7519 §4.1.5).
    NotYetValid = "not_yet_valid", 502, AskAdministrator;
    /// `nonce` is missing or wrong (OpenID Connect Core §3.1.3.7 (11)).
    NonceWrong = "nonce_wrong", 502, AskAdministrator;
    /// `at_hash` is malformed or wrong (OpenID Connect Core §3.1.3.8).
    AccessTokenHashWrong = "access_token_hash_wrong", 502, AskAdministrator;
    /// `sub` is missing, empty, malformed or longer than 255 characters (OpenID Connect Core §2).
    SubjectInvalid = "subject_invalid", 502, AskAdministrator;
    /// `acr` is not one of the values asked for (OpenID Connect Core §3.1.3.7 (12)).
    ContextClassWrong = "context_class_wrong", 403, StartAgain;
    /// `auth_time` is missing although a fresh SSO login was asked for (OpenID Connect Core §3.1.3.7 (13)).
    AuthTimeMissing = "auth_time_missing", 502, AskAdministrator;
    /// The SSO login at the provider is older than what was asked for (OpenID Connect Core §3.1.3.7 (13)).
    AuthTimeTooOld = "auth_time_too_old", 403, StartAgain;

    /// The userinfo endpoint failed or refused the request (OpenID Connect Core §5.3.3).
    UserinfoFailed = "userinfo_failed", 502, AskAdministrator;
    /// The userinfo answer is malformed (OpenID Connect Core §5.3.2).
    UserinfoInvalid = "userinfo_invalid", 502, AskAdministrator;
    /// The userinfo answer is about another subject (OpenID Connect Core §5.3.4).
    UserinfoSubjectWrong = "userinfo_subject_wrong", 502, AskAdministrator;

    /// The `SAMLResponse`, the `SAMLRequest` or the metadata is missing, or is not base64, not DEFLATE or not UTF-8
    /// (SAML bindings §3.4, §3.5).
    SamlEncodingInvalid = "saml_encoding_invalid", 400, StartAgain;
    /// A SAML document is larger than the connection allows.
    SamlTooLarge = "saml_too_large", 502, AskAdministrator;
    /// A SAML document is nested too deeply, or an element has too many attributes.
    SamlTooComplex = "saml_too_complex", 502, AskAdministrator;
    /// A SAML document contains a document type declaration.
    SamlDoctype = "saml_doctype", 502, AskAdministrator;
    /// A SAML document contains a processing instruction.
    SamlProcessingInstruction = "saml_processing_instruction", 502, AskAdministrator;
    /// An attribute value of a SAML document contains a raw tab or line feed, which XML parsers read differently.
    SamlAttributeWhitespace = "saml_attribute_whitespace", 502, AskAdministrator;
    /// A SAML document is not well-formed XML with namespaces, or a namespace is a relative URI.
    SamlXmlInvalid = "saml_xml_invalid", 502, AskAdministrator;
    /// The root of a SAML document is not the expected element; or the root or the assertion is not of version 2.0
    /// (SAML core §2.3.3, §3.2).
    SamlRootWrong = "saml_root_wrong", 502, AskAdministrator;
    /// A SAML document contains an element in a place where no element of that name is allowed.
    SamlElementUnexpected = "saml_element_unexpected", 502, AskAdministrator;
    /// A response contains no assertion, or more than one.
    SamlAssertionCount = "saml_assertion_count", 502, AskAdministrator;
    /// Two elements of a SAML document have the same ID, or an ID is missing.
    SamlIdInvalid = "saml_id_invalid", 502, AskAdministrator;
    /// An element that contains text also contains something else.
    SamlTextMixed = "saml_text_mixed", 502, AskAdministrator;
    /// A signature does not have the only structure that is accepted (SAML core §5.4).
    SamlSignatureShape = "saml_signature_shape", 502, AskAdministrator;
    /// A signature is in a place where no signature is allowed.
    SamlSignatureMisplaced = "saml_signature_misplaced", 502, AskAdministrator;
    /// A signature uses an algorithm that is not allowed.
    SamlAlgorithmRefused = "saml_algorithm_refused", 502, AskAdministrator;
    /// No signature covers the part that must be signed.
    SamlSignatureMissing = "saml_signature_missing", 502, AskAdministrator;
    /// A signature is not valid under any certificate of the connection.
    SamlSignatureInvalid = "saml_signature_invalid", 502, AskAdministrator;
    /// An assertion is encrypted in a way that is not allowed, or is not encrypted although it must be.
    SamlEncryptionRefused = "saml_encryption_refused", 502, AskAdministrator;
    /// An assertion could not be decrypted.
    SamlDecryptionFailed = "saml_decryption_failed", 502, AskAdministrator;

    /// The provider answered with a status that is not success (SAML core §3.2.2).
    SamlStatusFailed = "saml_status_failed", 403, ProviderRefused;
    /// The Issuer of the assertion or of the response is missing or wrong (SAML profiles §4.1.4.2).
    SamlIssuerWrong = "saml_issuer_wrong", 502, AskAdministrator;
    /// The Destination is missing or is not our address (SAML bindings §3.5.5.2).
    SamlDestinationWrong = "saml_destination_wrong", 502, AskAdministrator;
    /// There is no audience restriction, or it does not name our entity ID (SAML core §2.5.1.4).
    SamlAudienceWrong = "saml_audience_wrong", 502, AskAdministrator;
    /// No bearer confirmation meets all of the requirements (SAML profiles §4.1.4.2, §4.1.4.3).
    SamlConfirmationWrong = "saml_confirmation_wrong", 502, AskAdministrator;
    /// `InResponseTo` is missing, or names another request (SAML core §3.2.2).
    SamlInResponseToWrong = "saml_in_response_to_wrong", 400, StartAgain;
    /// The conditions are malformed, or one is unknown (SAML core §2.5.1).
    SamlConditionInvalid = "saml_condition_invalid", 502, AskAdministrator;
    /// The assertion's `NotOnOrAfter` is in the past (SAML core §2.5.1.2).
    SamlExpired = "saml_expired", 502, AskAdministrator;
    /// The assertion's `NotBefore` is in the future (SAML core §2.5.1.2).
    SamlNotYetValid = "saml_not_yet_valid", 502, AskAdministrator;
    /// `IssueInstant` is missing, malformed, in the future or too far in the past (SAML core §2.3.3).
    SamlIssueInstantWrong = "saml_issue_instant_wrong", 502, AskAdministrator;
    /// The assertion has no usable `AuthnStatement` (SAML profiles §4.1.4.2).
    SamlAuthnStatementInvalid = "saml_authn_statement_invalid", 502, AskAdministrator;
    /// The provider's own session has ended: `SessionNotOnOrAfter` (SAML core §2.7.2).
    SamlSessionOver = "saml_session_over", 403, StartAgain;
    /// The NameID is missing, is malformed, or has a format that can't identify a person (SAML core §8.3).
    SamlNameIdInvalid = "saml_name_id_invalid", 502, AskAdministrator;
    /// An attribute statement is malformed (SAML core §2.7.3).
    SamlAttributeInvalid = "saml_attribute_invalid", 502, AskAdministrator;
    /// The assertion was used before (SAML profiles §4.1.4.5).
    SamlReplayed = "saml_replayed", 400, StartAgain;
    /// The response is unsolicited, and the connection does not accept unsolicited responses (SAML profiles §4.1.5).
    SamlUnsolicited = "saml_unsolicited", 400, StartAgain;
    /// The provider's metadata could not be fetched.
    SamlMetadataFailed = "saml_metadata_failed", 502, AskAdministrator;
    /// The provider's metadata does not contain what it must contain, or is out of date.
    SamlMetadataInvalid = "saml_metadata_invalid", 502, AskAdministrator;
    /// A logout message is malformed, or does not answer a request of ours (SAML profiles §4.4).
    SamlLogoutInvalid = "saml_logout_invalid", 400, AskAdministrator;

    /// A claim that the connection requires is absent, or has no allowed value.
    ClaimRefused = "claim_refused", 403, WrongAccount;
    /// The provider sent no email address.
    EmailMissing = "email_missing", 403, AskAdministrator;
    /// The provider's email address is malformed.
    EmailInvalid = "email_invalid", 403, AskAdministrator;
    /// The provider does not vouch for the email address.
    EmailNotVerified = "email_not_verified", 403, AskAdministrator;
    /// The email address is not on the connection's domain list.
    EmailDomainRefused = "email_domain_refused", 403, WrongAccount;
    /// The email address is not one of the signed-in account's addresses.
    EmailNotOfAccount = "email_not_of_account", 403, WrongAccount;
    /// The account is linked to another user of the provider.
    SubjectChanged = "subject_changed", 403, WrongAccount;
    /// The provider's user is linked to another account.
    SubjectOfAnotherAccount = "subject_of_another_account", 403, WrongAccount;
}
