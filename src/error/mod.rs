//! The two kinds of error. [`ConfigError`](crate::ConfigError) is for the operator to fix.
//! [`LoginError`](login_error::LoginError) is what a visitor meets; its kind has one row in the table of `kind`.

pub(crate) mod kind;
pub(crate) mod login_error;
