-- Times are milliseconds since 1970. Texts are compared byte by byte, which is SQLite's default.

create table tower_sso_state (
    id integer primary key check (id = 1),
    revision integer not null,
    floor integer not null,
    dropped_at integer,
    claim_floor integer
) strict;
insert into tower_sso_state (id, revision, floor) values (1, 0, 0);

create table tower_sso_sessions (
    serial integer primary key autoincrement,
    id text not null,
    credential_kind text not null,
    credential text not null,
    organization text not null,
    account text not null,
    subject text not null,
    idp_session text,
    expires_at integer not null,
    record text not null
) strict;
create index tower_sso_sessions_key on tower_sso_sessions (credential, credential_kind, organization, account, serial);
create index tower_sso_sessions_id on tower_sso_sessions (id);
create index tower_sso_sessions_account on tower_sso_sessions (account, organization, serial);
create index tower_sso_sessions_subject on tower_sso_sessions (organization, subject, serial);
create index tower_sso_sessions_idp on tower_sso_sessions (organization, idp_session, serial) where idp_session is not null;
create index tower_sso_sessions_organization on tower_sso_sessions (organization, serial);
create index tower_sso_sessions_end on tower_sso_sessions (expires_at);

create table tower_sso_marks (
    revision integer primary key,
    place text not null,
    scope text not null,
    at integer not null,
    mark_until integer not null
) strict;
create index tower_sso_marks_place on tower_sso_marks (place, revision);
create index tower_sso_marks_at on tower_sso_marks (at);
create index tower_sso_marks_end on tower_sso_marks (mark_until);

-- `value` is null after the value was taken.
create table tower_sso_values (
    number integer primary key autoincrement,
    key blob not null unique,
    owner blob not null,
    account text,
    organization text not null,
    value blob,
    expires_at integer not null
) strict;
create index tower_sso_values_owner on tower_sso_values (owner, number) where value is not null;
create index tower_sso_values_account on tower_sso_values (account, number) where value is not null;
create index tower_sso_values_end on tower_sso_values (expires_at);

create table tower_sso_claims (
    key blob primary key,
    organization text not null,
    kind text not null,
    until integer not null
) strict, without rowid;
create index tower_sso_claims_end on tower_sso_claims (until);

-- What each organization uses of its budgets. Triggers keep it right, whatever deletes a row.
create table tower_sso_usage (
    organization text primary key,
    amount integer not null default 0,
    bytes integer not null default 0,
    claims integer not null default 0
) strict, without rowid;
create trigger tower_sso_value_stored after insert on tower_sso_values when new.value is not null begin
    insert into tower_sso_usage (organization, amount, bytes) values (new.organization, 1, length(new.value))
        on conflict (organization) do update set amount = amount + 1, bytes = bytes + excluded.bytes;
end;
create trigger tower_sso_value_taken after update of value on tower_sso_values
    when old.value is not null and new.value is null begin
    update tower_sso_usage set amount = amount - 1, bytes = bytes - length(old.value)
        where organization = old.organization;
end;
create trigger tower_sso_value_removed after delete on tower_sso_values when old.value is not null begin
    update tower_sso_usage set amount = amount - 1, bytes = bytes - length(old.value)
        where organization = old.organization;
end;
create trigger tower_sso_claim_made after insert on tower_sso_claims begin
    insert into tower_sso_usage (organization, claims) values (new.organization, 1)
        on conflict (organization) do update set claims = claims + 1;
end;
create trigger tower_sso_claim_removed after delete on tower_sso_claims begin
    update tower_sso_usage set claims = claims - 1 where organization = old.organization;
end;

create table tower_sso_links (
    organization text not null,
    account text not null,
    provider text not null,
    within text not null,
    subject text not null,
    login text not null,
    primary key (organization, account),
    unique (organization, provider, within, subject)
) strict, without rowid;

create table tower_sso_join_links (
    serial integer primary key autoincrement,
    organization text not null,
    id text not null,
    record text not null,
    uses integer not null default 0,
    unique (organization, id)
) strict;
