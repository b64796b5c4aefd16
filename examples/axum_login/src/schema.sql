create table users (id integer primary key, name text not null unique, password_hash text not null);

create table verified_emails (email text primary key, user_id integer not null references users);
create table organizations (id integer primary key, slug text not null unique);
create table members (org_id integer references organizations, user_id integer references users, primary key (org_id, user_id));

-- Ada is a member of Acme. Niels is not. Their passwords are app-ada and app-niels.
insert into users values (1, 'ada', '$argon2id$v=19$m=19456,t=2,p=1$9sX4KVw6BtBdqH/l6Z/NSw$/BRfzxMXjCY/M66BIhw25wlIRig489NhBJrD+7i6KKA');
insert into users values (2, 'niels', '$argon2id$v=19$m=19456,t=2,p=1$bUatwqImTkcdqQFKytMnig$oJMd8oTsK0roUeAz9+E5xiCv2OeS3rDA09KI2e1piOE');
insert into verified_emails values ('ada@acme.example', 1);
insert into organizations values (1, 'acme');
insert into members values (1, 1);
