-- Times are milliseconds since 1970. Texts are compared byte by byte.

create table tower_sso.state (
    id bigint primary key check (id = 1),
    revision bigint not null,
    floor bigint not null,
    dropped_at bigint,
    claim_floor bigint
);
insert into tower_sso.state (id, revision, floor) values (1, 0, 0);

create table tower_sso.sessions (
    serial bigint generated always as identity primary key,
    id text collate "C" not null,
    credential_kind text collate "C" not null,
    credential text collate "C" not null,
    organization text collate "C" not null,
    account text collate "C" not null,
    subject text collate "C" not null,
    idp_session text collate "C",
    expires_at bigint not null,
    record text not null
);
create index sessions_key on tower_sso.sessions (credential, credential_kind, organization, account, serial);
create index sessions_id on tower_sso.sessions (id);
create index sessions_account on tower_sso.sessions (account, organization, serial);
create index sessions_subject on tower_sso.sessions (organization, subject, serial);
create index sessions_idp on tower_sso.sessions (organization, idp_session, serial) where idp_session is not null;
create index sessions_organization on tower_sso.sessions (organization, serial);
create index sessions_end on tower_sso.sessions (expires_at);

create table tower_sso.marks (
    revision bigint primary key,
    place text collate "C" not null,
    scope text not null,
    at bigint not null,
    mark_until bigint not null
);
create index marks_place on tower_sso.marks (place, revision);
create index marks_at on tower_sso.marks (at);
create index marks_end on tower_sso.marks (mark_until);

-- `value` is null after the value was taken. `bytes` is its length, so that an index alone tells an organization's use.
create table tower_sso.values (
    number bigint generated always as identity primary key,
    key bytea not null unique,
    owner bytea not null,
    account text collate "C",
    organization text collate "C" not null,
    value bytea,
    bytes bigint not null,
    expires_at bigint not null
);
create index values_owner on tower_sso.values (owner, number) where value is not null;
create index values_account on tower_sso.values (account, number) where value is not null;
create index values_organization on tower_sso.values (organization) include (bytes) where value is not null;
create index values_end on tower_sso.values (organization, expires_at);

create table tower_sso.claims (
    key bytea primary key,
    organization text collate "C" not null,
    kind text not null,
    until bigint not null
);
create index claims_end on tower_sso.claims (organization, until);

create table tower_sso.links (
    organization text collate "C" not null,
    account text collate "C" not null,
    provider text collate "C" not null,
    within text collate "C" not null,
    subject text collate "C" not null,
    login text collate "C" not null,
    primary key (organization, account),
    unique (organization, provider, within, subject)
);

create table tower_sso.join_links (
    serial bigint generated always as identity primary key,
    organization text collate "C" not null,
    id text collate "C" not null,
    record text not null,
    uses bigint not null default 0,
    unique (organization, id)
);

-- The newest record of an organization is the one with the highest number. `sealed` is encrypted with the key ring.
create table tower_sso.connections (
    organization text collate "C" not null,
    number bigint not null,
    changed_at bigint not null,
    changed_by text,
    sealed bytea not null,
    primary key (organization, number)
);

-- `organization` is null for a record without one.
create table tower_sso.audit (
    serial bigint generated always as identity primary key,
    organization text collate "C",
    account text collate "C",
    name text collate "C" not null,
    reference text collate "C" not null,
    at bigint not null,
    record text not null
);
create index audit_organization on tower_sso.audit (organization, serial);
create index audit_account on tower_sso.audit (account, serial) where account is not null;
create index audit_reference on tower_sso.audit (reference, serial);
create index audit_at on tower_sso.audit (at);

-- How many records each organization has; the empty text is for those without one.
create table tower_sso.audit_usage (
    organization text collate "C" primary key,
    records bigint not null
);
