//! The code of `docs/guides/for-developers.md`.

mod routes {
    // [routes]

    use axum::{Router, extract::Request, http::StatusCode, middleware::map_request, routing::get};
    use tower_sso::{Sso, Viewer};

    /// Your own authentication: it leaves a `Viewer` in every request.
    async fn login(mut request: Request) -> Request {
        request.extensions_mut().insert(Viewer::Anonymous);
        request
    }

    fn app(sso: &Sso) -> Router {
        let routes = Router::new().route("/{org}/{repo}", get(|| async { "a repository" }));
        // The finished router: every route is checked, and the SSO pages are added.
        sso.guard(routes)
            .fallback(|| async { StatusCode::NOT_FOUND }) // your own 404 page: outside of the layer
            .layer(map_request(login)) // added last, so it runs first
    }

    // [/routes]
}

mod stream {
    // [stream]

    use tower_sso::SsoPass;

    async fn stream(pass: SsoPass, mut next: impl AsyncFnMut() -> Option<String>, send: impl Fn(String)) {
        let ended = async {
            match &pass {
                SsoPass::Fresh(proof) => proof.ended().await,
                SsoPass::NotRequired(_) | SsoPass::Offered(_) => std::future::pending().await,
            }
        };
        tokio::pin!(ended);
        loop {
            tokio::select! {
                () = &mut ended => break, // close it: the client reconnects, and is challenged
                event = next() => match event {
                    Some(event) => send(event),
                    None => break,
                },
            }
        }
    }

    // [/stream]
}
