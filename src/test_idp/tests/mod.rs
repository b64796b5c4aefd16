//! Whole exchanges with the provider, over real connections.

mod app;
mod honest;
mod refusals;
