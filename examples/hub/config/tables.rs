//! The tables of the file as they are written. `main.rs` documents each field.

use serde::Deserialize;

use super::idp_tables::TestIdpTable;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) title: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) connections_file: Option<String>,
    pub(super) metrics_listen: Option<String>,
    #[serde(default)]
    pub(super) show_accounts: bool,
    #[serde(default)]
    pub(super) user: Vec<UserTable>,
    #[serde(default)]
    pub(super) organization: Vec<OrganizationTable>,
    /// Parsed by tower-sso, with every setting of every connection: see `take_connections`.
    #[serde(skip)]
    pub(super) connection: Vec<toml::Table>,
    #[serde(default)]
    pub(super) test_idp: Vec<TestIdpTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserTable {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) password: Option<String>,
    pub(crate) password_env: Option<String>,
    pub(crate) password_file: Option<String>,
    #[serde(default)]
    pub(crate) token: Vec<TokenTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenTable {
    pub(crate) name: String,
    pub(crate) secret: Option<String>,
    pub(crate) secret_env: Option<String>,
    pub(crate) secret_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationTable {
    pub(crate) slug: String,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) former_slugs: Vec<String>,
    #[serde(default)]
    pub(crate) join_link: bool,
    #[serde(default)]
    pub(crate) member: Vec<MemberTable>,
    #[serde(default)]
    pub(crate) service_accounts: Vec<String>,
    #[serde(default)]
    pub(crate) token: Vec<TokenTable>,
    #[serde(default)]
    pub(crate) invitation: Vec<InvitationTable>,
    #[serde(default)]
    pub(crate) step_up: StepUpTable,
    #[serde(default)]
    pub(crate) repository: Vec<RepositoryTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberTable {
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) role: RoleName,
    #[serde(default)]
    pub(crate) binding: BindingName,
    #[serde(default)]
    pub(crate) pilot: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationTable {
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) role: RoleName,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpTable {
    pub(crate) within: Option<String>,
    #[serde(default)]
    pub(crate) context_classes: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleName {
    #[default]
    Member,
    Maintainer,
    Admin,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BindingName {
    #[default]
    Default,
    Exempt,
    Required,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepositoryTable {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) visibility: VisibilityName,
    pub(crate) readme: Option<String>,
    pub(crate) git: Option<String>,
    #[serde(default)]
    pub(crate) collaborators: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VisibilityName {
    #[default]
    Private,
    Public,
}
