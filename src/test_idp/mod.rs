//! A small real OpenID provider, for tests and demonstrations. Serves on loopback only.
