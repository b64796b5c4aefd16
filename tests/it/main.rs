//! One binary: it links once.

mod enforce;
mod support;
