//! The lies. Each changes one thing of an exchange that is otherwise honest.

use serde_json::Value;

use crate::lies::{
    answer::{Answer, Endpoint},
    change::Change,
    forgery::Forgery,
    saml::{SamlForgery, SamlLie},
};

/// What a provider can be told to change, by [`TestIdp::lie`](crate::TestIdp::lie). Several can be active. Each changes what it says and nothing else, so that an app that does not check that one thing accepts the exchange.
///
/// | to test | say |
/// |---|---|
/// | `state` unknown, missing, doubled | `Lie::callback("state", Change::Value(..))`, `Change::Missing`, `Change::Doubled` |
/// | `iss` wrong, or missing though advertised | `Lie::callback("iss", ..)` |
/// | a tile of another issuer, or to another site | `Lie::tile("iss", ..)`, `Lie::tile("target_link_uri", ..)` |
/// | a code that PKCE does not bind | [`Lie::AnyVerifier`] |
/// | `error=` | `Lie::AuthorizationError("access_denied".into())` |
/// | the token endpoint fails, drips, redirects | `Lie::Answer(Endpoint::Token, Answer::Status(500))` and so on |
/// | no ID token, or a garbled one | `Lie::TokenAnswer { name: "id_token".into(), value: None }`, `Lie::token_answer("id_token", "x")` |
/// | discovery of another issuer, without keys, with a bad endpoint | `Lie::discovery("issuer", ..)`, `Lie::Discovery { name: "jwks_uri".into(), value: None }` |
/// | keys that are gone, none, huge | `Lie::Answer(Endpoint::Keys, Answer::Status(404))`, `Answer::Json(json!({"keys": []}))`, `Answer::Huge` |
/// | RSA of 1024 bits, a symmetric key, two keys with one `kid` | [`Lie::WeakKey`], [`Lie::SymmetricKey`], [`Lie::SharedKid`] |
/// | `alg: none`, HMAC by the public key, `jwk`, `jku`, `x5u`, `x5c` | [`Lie::Signature`] with a [`Forgery`] |
/// | `crit`, an unknown `kid`, no `kid` | `Lie::header("crit", json!(["b64"]))`, `Lie::header("kid", "x")` |
/// | any claim wrong, missing, of another type | `Lie::claim("nonce", "x")`, `Lie::no_claim("exp")` |
/// | userinfo of another subject | `Lie::userinfo_claim("sub", "bob")` |
/// | anything of a SAML answer | [`Lie::Saml`] with a [`SamlLie`] |
/// | another's email address | `Lie::user_claim("email", "bob@acme.example")` |
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Lie {
    /// Bends a parameter of the answer that goes through the browser: `state`, `code`, `iss`; `SAMLResponse`,
    /// `RelayState`.
    Callback {
        /// The parameter.
        name: String,
        /// What becomes of it.
        change: Change,
    },
    /// Bends a parameter of the [tile](crate::RunningIdp::tile) that starts an SSO login: `iss`, `login_hint`,
    /// `target_link_uri`.
    Tile {
        /// The parameter.
        name: String,
        /// What becomes of it.
        change: Change,
    },
    /// Answers an SSO login that succeeded with this `error` in place of a code.
    AuthorizationError(String),
    /// Bends how an endpoint answers.
    Answer(Endpoint, Answer),
    /// Sets a member of the discovery document, or leaves it out.
    Discovery {
        /// The member, such as `jwks_uri`.
        name: String,
        /// Its value.
        value: Option<Value>,
    },
    /// Sets a member of the token endpoint's answer, or leaves it out: no `id_token`, or a garbled one.
    TokenAnswer {
        /// The member.
        name: String,
        /// Its value.
        value: Option<Value>,
    },
    /// Sets a member of the ID token's header, or leaves it out, before it is signed: an unknown `kid`, `crit`.
    Header {
        /// The member.
        name: String,
        /// Its value.
        value: Option<Value>,
    },
    /// Sets a claim of the ID token, or leaves it out, before it is signed.
    Claim {
        /// The claim.
        name: String,
        /// Its value.
        value: Option<Value>,
    },
    /// Takes a code whatever its `code_verifier` is (RFC 7636): what a client is left with is its nonce.
    AnyVerifier,
    /// Signs the ID token otherwise than the published key would.
    Signature(Forgery),
    /// Sets a claim of userinfo, or leaves it out: another `sub`.
    UserinfoClaim {
        /// The claim.
        name: String,
        /// Its value.
        value: Option<Value>,
    },
    /// Sets a claim about the user, or leaves it out, in the ID token, at userinfo and in a SAML assertion alike: an email
    /// address that is another's.
    UserClaim {
        /// The claim.
        name: String,
        /// Its value.
        value: Option<Value>,
    },
    /// Signs userinfo otherwise than the published key would. Matters with [`Oddity::UserinfoJwt`](crate::Oddity).
    UserinfoSignature(Forgery),
    /// Publishes, under the honest `kid`, an RSA key of 1024 bits and signs with it (RS256).
    WeakKey,
    /// Publishes the honest key as a symmetric one (`kty` `oct`, the PEM in `k`) and signs with that (HS256).
    SymmetricKey,
    /// Publishes two keys with one `kid`: the one that signs, and another.
    SharedKid,
    /// Bends a SAML answer.
    Saml(SamlLie),
}

impl Lie {
    /// [`Lie::Callback`].
    pub fn callback(name: impl Into<String>, change: Change) -> Self {
        Self::Callback { name: name.into(), change }
    }

    /// [`Lie::Tile`].
    pub fn tile(name: impl Into<String>, change: Change) -> Self {
        Self::Tile { name: name.into(), change }
    }

    /// [`Lie::Discovery`] with a value.
    pub fn discovery(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Discovery { name: name.into(), value: Some(value.into()) }
    }

    /// [`Lie::Header`] with a value.
    pub fn header(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Header { name: name.into(), value: Some(value.into()) }
    }

    /// [`Lie::Claim`] with a value.
    pub fn claim(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::Claim { name: name.into(), value: Some(value.into()) }
    }

    /// [`Lie::Claim`] that leaves the claim out.
    pub fn no_claim(name: impl Into<String>) -> Self {
        Self::Claim { name: name.into(), value: None }
    }

    /// [`Lie::TokenAnswer`] with a value.
    pub fn token_answer(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::TokenAnswer { name: name.into(), value: Some(value.into()) }
    }

    /// [`Lie::Saml`] with a forged signature.
    pub fn saml_signature(forgery: SamlForgery) -> Self {
        Self::Saml(SamlLie::Signature(forgery))
    }

    /// [`Lie::UserClaim`] with a value.
    pub fn user_claim(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::UserClaim { name: name.into(), value: Some(value.into()) }
    }

    /// [`Lie::UserinfoClaim`] with a value.
    pub fn userinfo_claim(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::UserinfoClaim { name: name.into(), value: Some(value.into()) }
    }
}

impl From<SamlLie> for Lie {
    fn from(lie: SamlLie) -> Self {
        Self::Saml(lie)
    }
}
