//! The hub is killed at random moments while many people log in with SSO, and while what they have is revoked.

mod check;
mod dice;
mod ending;
mod ledger;
mod members;
mod overtaken;
mod person;
mod rounds;
mod session;
mod token;
