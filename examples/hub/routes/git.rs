//! A repository as `git clone` reads it over HTTP: the unchanged files of a bare repository (the "dumb" protocol).

use std::io::ErrorKind;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use tower_sso::SsoPass;

use crate::visit::Visit;

pub(super) async fn file(
    mut visit: Visit,
    pass: SsoPass,
    Path((org, repo, path)): Path<(String, String, String)>,
) -> Result<Response, Response> {
    let found = visit.enter(&org, pass).await;
    let repository = found.as_ref().ok().and_then(|here| here.organization.find(&repo, visit.account()));
    let Some(repository) = repository else {
        // Git sends its stored credentials only after it is asked for them.
        return if visit.account().is_none() { Ok(who_is_it()) } else { Err(visit.not_found()) };
    };
    let Some(file) = repository.git.as_ref().filter(|_| is_plain(&path)).map(|git| git.join(&path)) else {
        return Err(visit.not_found());
    };
    match tokio::fs::read(file).await {
        Ok(bytes) => Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()),
        // A directory is not a file either.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
            Err(visit.not_found())
        }
        Err(error) => {
            tracing::error!(%error, "reading a git repository");
            Err((StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")], "Try again in a moment.\n")
                .into_response())
        }
    }
}

/// Returns whether a path leads only downward: no part begins with a dot, and there is no other separator.
fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain))
}

fn who_is_it() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"hub\", charset=\"UTF-8\"")];
    (StatusCode::UNAUTHORIZED, challenge, "Git asks with an API token as the password.\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_could_leave_the_repository_is_refused() {
        for path in ["HEAD", "info/refs", "objects/4b/825dc642", "objects/pack/pack-1.idx", "refs/heads/main"]
        {
            assert!(is_plain(path), "{path}");
        }
        for path in ["", "/etc/passwd", "..", "a/../b", "./a", "a//b", "a/", ".git", "a\\b", "a%2e", "a\0"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
