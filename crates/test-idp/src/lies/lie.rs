//! The lies of the provider. Each changes one thing in an exchange that is otherwise honest.

use serde_json::Value;

use crate::lies::{
    answer::{Answer, Endpoint},
    change::Change,
    forgery::Forgery,
    saml::{SamlForgery, SamlLie},
};

/// One change that the provider makes when it lies: see [`TestIdp::lie`](crate::TestIdp::lie). Several lies can be
/// active. Each lie changes what it names and nothing else. If an app does not check that one thing, it accepts the
/// exchange.
///
/// | to test | use |
/// |---|---|
/// | `state` unknown, missing, doubled | `Lie::callback("state", Change::Value(..))`, `Change::Missing`, `Change::Doubled` |
/// | `iss` wrong, or missing although announced | `Lie::callback("iss", ..)` |
/// | a tile of another issuer, or to another site | `Lie::tile("iss", ..)`, `Lie::tile("target_link_uri", ..)` |
/// | a code that is not bound by PKCE | [`Lie::AnyVerifier`] |
/// | `error=` | `Lie::AuthorizationError("access_denied".into())` |
/// | the token endpoint fails, drips, redirects | `Lie::Answer(Endpoint::Token, Answer::Status(500))` and so on |
/// | no ID token, or a garbled one | `Lie::TokenAnswer { name: "id_token".into(), value: None }`, `Lie::token_answer("id_token", "x")` |
/// | discovery of another issuer, without keys, with a bad endpoint | `Lie::discovery("issuer", ..)`, `Lie::Discovery { name: "jwks_uri".into(), value: None }` |
/// | keys that are missing, none, huge | `Lie::Answer(Endpoint::Keys, Answer::Status(404))`, `Answer::Json(json!({"keys": []}))`, `Answer::Huge` |
/// | RSA of 1024 bits, a symmetric key, two keys with one `kid` | [`Lie::WeakKey`], [`Lie::SymmetricKey`], [`Lie::SharedKid`] |
/// | `alg: none`, HMAC by the public key, `jwk`, `jku`, `x5u`, `x5c` | [`Lie::Signature`] with a [`Forgery`] |
/// | `crit`, an unknown `kid`, no `kid` | `Lie::header("crit", json!(["b64"]))`, `Lie::header("kid", "x")` |
/// | any claim wrong, missing, of another type | `Lie::claim("nonce", "x")`, `Lie::no_claim("exp")` |
/// | userinfo of another subject | `Lie::userinfo_claim("sub", "bob")` |
/// | anything in a SAML response | [`Lie::Saml`] with a [`SamlLie`] |
/// | another user's email address | `Lie::user_claim("email", "bob@acme.example")` |
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Lie {
    /// Changes a parameter of the response that goes through the browser: `state`, `code`, `iss`; `SAMLResponse`,
    /// `RelayState`.
    ///
    /// Finds an app that does not bind the response to the browser that began the login (`state`), to the provider
    /// (`iss`, RFC 9207), or to one value. tower-sso: `state_missing`, `state_unknown`, `code_missing`,
    /// `callback_issuer_missing`, `callback_issuer_wrong`, `parameter_repeated`.
    Callback {
        /// The parameter's name.
        name: String,
        /// The change.
        change: Change,
    },
    /// Changes a parameter of the [tile](crate::RunningIdp::tile) that starts an SSO login: `iss`, `login_hint`,
    /// `target_link_uri`.
    ///
    /// Finds an app that begins a login at any issuer that it is told, or that sends the user to any `target_link_uri`
    /// afterward (OpenID Connect Core §4: an open redirect).
    Tile {
        /// The parameter's name.
        name: String,
        /// The change.
        change: Change,
    },
    /// Sends this `error` instead of a code after the user has logged in.
    ///
    /// The app must not ask for tokens, and must show the user what to do: RFC 6749 §4.1.2.1 has the codes. tower-sso:
    /// `provider_error`.
    AuthorizationError(String),
    /// Changes how an endpoint answers.
    ///
    /// Only the named endpoint lies. The [table of `Answer`](crate::Answer) says what each one finds.
    Answer(Endpoint, Answer),
    /// Sets or removes a member of the discovery document.
    ///
    /// Finds an app that takes the settings of another issuer (OpenID Connect Discovery §4.3:
    /// `discovery_issuer_wrong`), sends its secret over plain HTTP (`provider_address_insecure`), or starts without
    /// keys (`discovery_invalid`).
    Discovery {
        /// The member's name, such as `jwks_uri`.
        name: String,
        /// The member's value, or `None` to remove it.
        value: Option<Value>,
    },
    /// Sets or removes a member of the token endpoint's response, for example to send no `id_token` or a garbled one.
    ///
    /// OpenID Connect Core §3.1.3.3 says what the response must contain. tower-sso: `id_token_missing`,
    /// `token_malformed`, `token_answer_invalid`.
    TokenAnswer {
        /// The member's name.
        name: String,
        /// The member's value, or `None` to remove it.
        value: Option<Value>,
    },
    /// Sets or removes a member of the ID token's header before it is signed, for example `crit` or an unknown `kid`.
    ///
    /// The signature is honest: only the header is unusual. Finds an app that ignores extensions which it must
    /// understand (`crit`, RFC 7515 §4.1.11: `critical_header`), or that accepts another kind of token as an ID token
    /// (`typ`, RFC 8725 §3.11: `token_type_wrong`).
    Header {
        /// The member's name.
        name: String,
        /// The member's value, or `None` to remove it.
        value: Option<Value>,
    },
    /// Sets or removes a claim of the ID token before it is signed.
    ///
    /// The signature is honest: only the claim is wrong. The checks are those of OpenID Connect Core §3.1.3.7:
    ///
    /// | claim | finds an app that accepts | tower-sso refuses it as |
    /// |---|---|---|
    /// | `iss` | a token of another issuer | `issuer_wrong` |
    /// | `aud`, `azp` | a token that was issued for another app | `audience_wrong`, `authorized_party_wrong` |
    /// | `exp`, `iat`, `nbf` | a token that has expired, is too old, or is not valid yet | `token_expired`, `issued_at_wrong`, `not_yet_valid` |
    /// | `nonce` | a token of another login, which an attacker injected | `nonce_wrong` |
    /// | `at_hash` | an access token that was exchanged | `access_token_hash_wrong` |
    /// | `sub` | a user without an identifier, or with one that is too long | `subject_invalid` |
    /// | `auth_time`, `acr` | a login that is too old, or too weak | `auth_time_missing`, `auth_time_too_old`, `context_class_wrong` |
    Claim {
        /// The claim's name.
        name: String,
        /// The claim's value, or `None` to remove it.
        value: Option<Value>,
    },
    /// Accepts a code with any `code_verifier` (RFC 7636). The nonce is then the client's only protection.
    ///
    /// Combine it with [`Lie::Callback`] for `code`: an app that relies on PKCE alone, and not also on `nonce`, then
    /// accepts the code of another login.
    AnyVerifier,
    /// Signs the ID token in another way than with the published key.
    Signature(Forgery),
    /// Sets or removes a claim in the userinfo response, for example to send another `sub`.
    ///
    /// Finds an app that does not compare the `sub` of userinfo with the one of the ID token (OpenID Connect Core
    /// §5.3.2: `userinfo_subject_wrong`).
    UserinfoClaim {
        /// The claim's name.
        name: String,
        /// The claim's value, or `None` to remove it.
        value: Option<Value>,
    },
    /// Sets or removes a claim about the user in the ID token, at userinfo and in a SAML assertion, for example to send
    /// the email address of another user.
    ///
    /// The provider is wrong about its own user. Finds an app that trusts an email address which is not one of the
    /// account's (`email_not_of_account`).
    UserClaim {
        /// The claim's name.
        name: String,
        /// The claim's value, or `None` to remove it.
        value: Option<Value>,
    },
    /// Signs userinfo in another way than with the published key. Takes effect only with
    /// [`Oddity::UserinfoJwt`](crate::Oddity).
    UserinfoSignature(Forgery),
    /// Publishes an RSA key of 1024 bits under the honest `kid`, and signs with it (RS256).
    ///
    /// RFC 7518 §3.3 requires 2048 bits. tower-sso: `key_too_weak`.
    WeakKey,
    /// Publishes the honest key as a symmetric key (`kty` `oct`, the PEM in `k`), and signs with it (HS256).
    ///
    /// A secret that everybody can read proves nothing. tower-sso: `algorithm_refused`.
    SymmetricKey,
    /// Publishes two keys with the same `kid`: the key that signs, and another one.
    ///
    /// The key that verifies the token is then ambiguous. tower-sso: `key_ambiguous`.
    SharedKid,
    /// Changes a SAML message.
    ///
    /// The [table of `SamlLie`](crate::SamlLie) has the elements.
    Saml(SamlLie),
}

impl Lie {
    /// Returns [`Lie::Callback`].
    pub fn callback(name: impl Into<String>, change: Change) -> Self {
        Self::Callback { name: name.into(), change }
    }

    /// Returns [`Lie::Tile`].
    pub fn tile(name: impl Into<String>, change: Change) -> Self {
        Self::Tile { name: name.into(), change }
    }

    /// Returns [`Lie::Discovery`] with a value.
    pub fn discovery(name: &str, value: impl Into<Value>) -> Self {
        Self::Discovery { name: name.into(), value: Some(value.into()) }
    }

    /// Returns [`Lie::Header`] with a value.
    pub fn header(name: &str, value: impl Into<Value>) -> Self {
        Self::Header { name: name.into(), value: Some(value.into()) }
    }

    /// Returns [`Lie::Claim`] with a value.
    pub fn claim(name: &str, value: impl Into<Value>) -> Self {
        Self::Claim { name: name.into(), value: Some(value.into()) }
    }

    /// Returns [`Lie::Claim`] that removes the claim.
    pub fn no_claim(name: impl Into<String>) -> Self {
        Self::Claim { name: name.into(), value: None }
    }

    /// Returns [`Lie::TokenAnswer`] with a value.
    pub fn token_answer(name: &str, value: impl Into<Value>) -> Self {
        Self::TokenAnswer { name: name.into(), value: Some(value.into()) }
    }

    /// Returns [`Lie::Saml`] with a forged signature.
    pub fn saml_signature(forgery: SamlForgery) -> Self {
        Self::Saml(SamlLie::Signature(forgery))
    }

    /// Returns [`Lie::UserClaim`] with a value.
    pub fn user_claim(name: &str, value: impl Into<Value>) -> Self {
        Self::UserClaim { name: name.into(), value: Some(value.into()) }
    }

    /// Returns [`Lie::UserinfoClaim`] with a value.
    pub fn userinfo_claim(name: &str, value: impl Into<Value>) -> Self {
        Self::UserinfoClaim { name: name.into(), value: Some(value.into()) }
    }
}

impl From<SamlLie> for Lie {
    fn from(lie: SamlLie) -> Self {
        Self::Saml(lie)
    }
}
