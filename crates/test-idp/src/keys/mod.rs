//! Keys and their encodings. The keys are real, generated and used by `aws-lc-rs`.

pub(crate) mod algorithm;
pub(crate) mod certificate;
pub(crate) mod der;
pub(crate) mod pair;
pub(crate) mod pem;
pub(crate) mod public_key;
pub(crate) mod test_key;
pub(crate) mod weak;
