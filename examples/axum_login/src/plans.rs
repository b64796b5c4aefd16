//! A page of an organization. The layer has checked each request: `SsoPass` says so, and `OrgId` is the organization that
//! it found. Who may see the page is still the decision of the app, which shows it to members only.

use axum::{Extension, http::StatusCode};
use axum_login::AuthUser;
use tower_sso::{OrgId, SsoPass};

use crate::users::AuthSession;

// [plans]
pub async fn plans(_: SsoPass, org: Extension<OrgId>, auth: AuthSession) -> Result<&'static str, StatusCode> {
    let query = sqlx::query("select 1 from members where org_id = ? and user_id = ?");
    let query = query.bind(org.to_string()).bind(auth.user.map(|user| user.id()));
    let row = query.fetch_optional(&auth.backend.db).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    row.map(|_| "These are the plans.").ok_or(StatusCode::NOT_FOUND)
}
// [/plans]
