//! Whole exchanges with the provider, over real connections.

mod answers;
mod app;
mod forgeries;
mod honest;
mod lies;
mod loopback;
mod oddities;
mod refusals;
