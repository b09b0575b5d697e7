//! Who must use IAM: what `+rds_iam` in RDS's `pg_hba.conf` means, asked of the catalog.
//!
//! A role in `pg_hba.conf` with a plus sign matches every direct or indirect member, whatever the
//! options of the memberships are, and superusers only if they really are members:
//! <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_postgres::{Client, Statement};

use crate::postgres::Server;

/// The row that lets `rds_superuser` grant `rds_iam` (16 and later) exists only because stock
/// PostgreSQL cannot say it otherwise, and does not count. `rds_superuser` has created no role: the row by which it
/// is in `rds_replication` looks like that of a creator, and is none.
///
/// Each role takes a look into an index, however many memberships there are: this is asked at each login, and
/// PostgreSQL itself answers it from its caches.
const QUERY: &str = "
WITH RECURSIVE up(oid) AS (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1
  UNION
  SELECT m.roleid FROM up, LATERAL (
    SELECT roleid FROM pg_catalog.pg_auth_members
    WHERE member = up.oid
          AND ($2 OR NOT {CREATORS} OR pg_catalog.pg_get_userbyid(member) = 'rds_superuser')
          AND NOT (pg_catalog.pg_get_userbyid(roleid) = 'rds_iam'
                   AND pg_catalog.pg_get_userbyid(member) = 'rds_superuser')
    OFFSET 0) m),
groups AS (SELECT pg_catalog.pg_get_userbyid(oid) AS name FROM up)
SELECT EXISTS (SELECT FROM groups WHERE name = 'rds_iam'),
       EXISTS (SELECT FROM groups WHERE name = 'rds_replication'),
       EXISTS (SELECT FROM groups WHERE name = 'rds_password'),
       EXISTS (SELECT FROM groups WHERE name = 'rds_superuser'),
       r.rolreplication, r.rolsuper
FROM pg_catalog.pg_roles r WHERE r.rolname = $1";

/// The membership that a role's creator gets by itself (16 and later): by the bootstrap superuser,
/// with nothing but ADMIN.
const BY_CREATION: &str =
    "(grantor = 10 AND admin_option AND NOT inherit_option AND NOT set_option)";

/// The rights of a role, as far as authentication goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleRights {
    /// A member of `rds_iam`, as `pg_hba.conf` sees it.
    pub in_rds_iam: bool,
    /// A member of `rds_replication`.
    pub in_rds_replication: bool,
    /// A member of `rds_password`.
    pub in_rds_password: bool,
    /// A member of `rds_superuser`.
    pub in_rds_superuser: bool,
    /// Has the REPLICATION attribute.
    pub has_attribute: bool,
    /// A superuser.
    pub is_superuser: bool,
}

impl RoleRights {
    /// Whether it may replicate.
    pub fn may_replicate(self) -> bool {
        self.in_rds_replication || self.has_attribute || self.is_superuser
    }
}

/// Asks a server's catalog, over one connection that is opened when it is needed.
pub struct Catalog {
    server: Arc<Server>,
    major: u16,
    client: Mutex<Option<(Client, Statement)>>,
}

impl Catalog {
    /// The catalog of a server.
    pub fn new(server: Arc<Server>, major: u16) -> Self {
        Self {
            server,
            major,
            client: Mutex::default(),
        }
    }

    /// The rights of a user at this moment; none, for one who does not exist.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn rights(
        &self,
        user: &str,
        creator_row_counts: bool,
    ) -> Result<RoleRights, tokio_postgres::Error> {
        let mut client = self.client.lock().await;
        let (client, query) = match &mut *client {
            Some(open) if !open.0.is_closed() => open,
            client => client.insert(self.connect().await?),
        };
        let row = client
            .query_opt(query, &[&user, &creator_row_counts])
            .await?;
        Ok(row.map_or_else(RoleRights::default, |row| RoleRights {
            in_rds_iam: row.get(0),
            in_rds_replication: row.get(1),
            in_rds_password: row.get(2),
            in_rds_superuser: row.get(3),
            has_attribute: row.get(4),
            is_superuser: row.get(5),
        }))
    }

    async fn connect(&self) -> Result<(Client, Statement), tokio_postgres::Error> {
        let by_creation = if self.major < 16 {
            "false"
        } else {
            BY_CREATION
        };
        let client = self.server.superuser("postgres").await?;
        let query = client
            .prepare(&QUERY.replace("{CREATORS}", by_creation))
            .await?;
        Ok((client, query))
    }

    /// Closes the connection.
    pub async fn disconnect(&self) {
        self.client.lock().await.take();
    }
}
