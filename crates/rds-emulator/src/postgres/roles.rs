//! What is in the database from the start: the roles that RDS makes, the master user, and what
//! somebody has made since.

use postgres_protocol::escape::{escape_identifier, escape_literal};

use super::Options;

/// The bootstrap superuser, as on RDS.
pub const SUPERUSER: &str = "rdsadmin";

/// Roles that every RDS database has, owned by the bootstrap superuser.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html>
const RDS_ROLES: &str = "
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
CREATE ROLE rds_ad NOLOGIN;
GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION;
GRANT rds_password TO rds_superuser WITH ADMIN OPTION;
";

/// Up to 15 whoever has CREATEROLE may grant `rds_iam`.
const GRANTS_UP_TO_15: &str = "
GRANT rds_replication TO rds_superuser WITH ADMIN OPTION;
";

/// From 16 on granting takes ADMIN. RDS lets `rds_superuser` grant `rds_iam` without falling under
/// its rule; stock PostgreSQL cannot say that, so the gate leaves this one row out.
const GRANTS_FROM_16: &str = "
GRANT rds_iam TO rds_superuser WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
GRANT rds_replication TO rds_superuser WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
";

/// The statement that gives the bootstrap superuser its password.
pub fn superuser_password(password: &str) -> String {
    format!(
        "ALTER ROLE {SUPERUSER} PASSWORD {}",
        escape_literal(password)
    )
}

/// The statements for the whole server, to run in any database.
pub fn server_statements(options: &Options) -> Vec<String> {
    let master = escape_identifier(&options.master_username);
    let replication_user = escape_identifier(&options.replication_username);
    let grants = if options.major < 16 {
        GRANTS_UP_TO_15
    } else {
        GRANTS_FROM_16
    };
    vec![
        RDS_ROLES.to_owned(),
        grants.to_owned(),
        format!(
            "CREATE ROLE {master} LOGIN NOSUPERUSER INHERIT CREATEDB CREATEROLE NOREPLICATION PASSWORD {} \
             VALID UNTIL 'infinity'",
            escape_literal(options.master_password.expose())
        ),
        format!("GRANT rds_superuser TO {master}"),
        format!(
            "CREATE ROLE {replication_user} LOGIN PASSWORD {}",
            escape_literal(options.replication_password.expose())
        ),
        format!("GRANT rds_replication TO {replication_user}"),
        format!(
            "CREATE DATABASE {} OWNER {master}",
            escape_identifier(&options.database)
        ),
    ]
}

/// The statements for the database: a table with a row, and a publication of it.
pub fn database_statements(options: &Options) -> Vec<String> {
    vec![format!(
        "SET ROLE {}; \
             CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text NOT NULL); \
             INSERT INTO public.orders (item) VALUES ('first'); \
             GRANT SELECT ON public.orders TO {}; \
             CREATE PUBLICATION {} FOR TABLE public.orders",
        escape_identifier(&options.master_username),
        escape_identifier(&options.replication_username),
        escape_identifier(&options.publication),
    )]
}
