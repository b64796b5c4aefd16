//! Users with names and passwords, as axum-login wants them.

use axum_login::{AuthUser, AuthnBackend};
use sqlx::SqlitePool;
use tokio::task::block_in_place;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    id: i64,
    password_hash: String,
}

impl AuthUser for User {
    type Id = i64;
    fn id(&self) -> i64 {
        self.id
    }
    // A changed password ends the sessions that began with the earlier one.
    fn session_auth_hash(&self) -> &[u8] {
        self.password_hash.as_bytes()
    }
}

#[derive(serde::Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
}

#[derive(Clone, Debug)]
pub struct Backend {
    pub db: SqlitePool,
}

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = Credentials;
    type Error = sqlx::Error;
    async fn authenticate(&self, given: Credentials) -> Result<Option<User>, sqlx::Error> {
        let query = sqlx::query_as("select * from users where name = ?").bind(given.name);
        let user: Option<User> = query.fetch_optional(&self.db).await?;
        let fits = |user: &User| password_auth::verify_password(given.password, &user.password_hash).is_ok();
        Ok(block_in_place(|| user.filter(fits))) // This is slow on purpose.
    }
    async fn get_user(&self, id: &i64) -> Result<Option<User>, sqlx::Error> {
        sqlx::query_as("select * from users where id = ?").bind(id).fetch_optional(&self.db).await
    }
}

pub type AuthSession = axum_login::AuthSession<Backend>;
