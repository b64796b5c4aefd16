//! What the provider can be told to say that is wrong ([`Lie`](crate::Lie)), or unusual ([`Oddity`](crate::Oddity)).

pub(crate) mod answer;
pub(crate) mod callback;
pub(crate) mod change;
pub(crate) mod forgery;
pub(crate) mod lie;
pub(crate) mod member;
pub(crate) mod oddity;
pub(crate) mod saml;
