//! The hub's file is locked, full or damaged, or is no database. A person then gets a page with 503, and the operator a
//! sentence. Nothing that was not saved is confirmed, and nobody passes who did not before.

mod damaged;
mod full;
mod locked;
mod no_database;
mod site;
