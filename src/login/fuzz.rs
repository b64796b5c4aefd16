//! The body of the fuzz target for return paths.

// A fuzz target reports what it found by failing.
#![allow(clippy::expect_used)]

use url::Url;

use crate::{error::kind::LoginErrorKind, fuzz::Verdict};
use tower_sso_core::ReturnPath;

/// Parses a return path. If it is accepted, a browser that goes there stays on this site, and the path can be read
/// back from where it is stored.
///
/// # Errors
/// Returns `RequestInvalid` if the text is not a return path.
pub fn return_path(text: &[u8]) -> Verdict {
    let refused = LoginErrorKind::RequestInvalid;
    let path = ReturnPath::parse(str::from_utf8(text).map_err(|_| refused)?).ok_or(refused)?;
    let site = Url::parse("https://hub.example/sso/1/finish?ticket=t").expect("an address");
    let gone = site.join(path.as_str()).expect("an address");
    assert_eq!(gone.origin(), site.origin(), "{path}");
    assert_eq!(gone.path(), path.as_str().split('?').next().unwrap_or_default(), "{path} is read as another");
    assert!(gone.username().is_empty() && gone.fragment().is_none());
    assert!(path.as_str().len() <= 2048 && path.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    let stored = serde_json::to_string(&path).expect("JSON");
    assert_eq!(serde_json::from_str::<ReturnPath>(&stored).expect("a path"), path);
    Ok(())
}
