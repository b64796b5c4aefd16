//! The code of `docs/step-up.md`.

mod routes {
    // [routes]

    use std::time::Duration;

    use axum::{
        Router,
        http::{StatusCode, request::Parts},
        routing::{delete, get},
    };
    use tower_sso::{ConfigError, OrgId, RequireError, Sso, StepUp};

    fn routes(sso: &Sso) -> Result<Router, ConfigError> {
        let recently = StepUp::new().within(Duration::from_secs(5 * 60))?; // 1 minute at least
        let by_two_factors = StepUp::new().context_class("https://refeds.org/profile/mfa")?;

        // For whole routes: inside the layer, which says which organization it is.
        let dangerous = Router::new()
            .route("/{org}/{repo}", delete(|| async { StatusCode::NO_CONTENT }))
            .route_layer(sso.step_up_layer(recently));

        // In a handler, for an organization that it knows; the refusal is the answer.
        let sso_here = sso.clone();
        let secret = move |parts: Parts| async move {
            let pass = sso_here.step_up(&parts, &OrgId::new("1"), &by_two_factors).await?;
            Ok::<_, RequireError>(format!("{pass:?}"))
        };
        Ok(dangerous.route("/{org}/secret", get(secret)).layer(sso.layer()))
    }

    // [/routes]
}
