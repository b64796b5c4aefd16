-- The newest record of an organization is the one with the highest number. `sealed` is encrypted with the key ring.
create table tower_sso_connections (
    organization text not null,
    number integer not null,
    changed_at integer not null,
    changed_by text,
    sealed blob not null,
    primary key (organization, number)
) strict, without rowid;

-- `organization` is null for a record without one.
create table tower_sso_audit (
    serial integer primary key autoincrement,
    organization text,
    account text,
    name text not null,
    reference text not null,
    at integer not null,
    record text not null
) strict;
create index tower_sso_audit_organization on tower_sso_audit (organization, serial);
create index tower_sso_audit_account on tower_sso_audit (account, serial) where account is not null;
create index tower_sso_audit_reference on tower_sso_audit (reference, serial);
create index tower_sso_audit_at on tower_sso_audit (at);

-- How many records each organization has; the empty text is for those without one.
create table tower_sso_audit_usage (
    organization text primary key,
    records integer not null
) strict, without rowid;
create trigger tower_sso_audit_made after insert on tower_sso_audit begin
    insert into tower_sso_audit_usage (organization, records) values (coalesce(new.organization, ''), 1)
        on conflict (organization) do update set records = records + 1;
end;
create trigger tower_sso_audit_removed after delete on tower_sso_audit begin
    update tower_sso_audit_usage set records = records - 1 where organization = coalesce(old.organization, '');
end;
