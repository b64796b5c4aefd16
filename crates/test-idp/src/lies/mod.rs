//! What a test can tell the provider to do: lie ([`Lie`](crate::Lie)), or be unusual ([`Oddity`](crate::Oddity)).

pub(crate) mod answer;
pub(crate) mod callback;
pub(crate) mod change;
pub(crate) mod forgery;
pub(crate) mod lie;
pub(crate) mod member;
pub(crate) mod oddity;
pub(crate) mod saml;
