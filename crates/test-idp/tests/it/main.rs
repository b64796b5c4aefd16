//! Whole exchanges with the provider, over real connections, as an app has them.

// The enums of the provider may get more variants; a test that meets a new one has to be extended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm)]

mod answers;
mod app;
mod forgeries;
mod honest;
mod lies;
mod loopback;
mod oddities;
mod refusals;
