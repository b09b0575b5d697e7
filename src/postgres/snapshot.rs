//! The roles of a server and their memberships at one moment.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::SimpleQueryRow;

use super::{
    ident::Literal,
    membership::{RDS_AD, RDS_IAM, RDS_REPLICATION, RDS_SUPERUSER},
};

/// The object id of the bootstrap superuser, `rdsadmin` on RDS.
const BOOTSTRAP_SUPERUSER: u32 = 10;

/// The statement that reads what is no role.
const SELECT_SERVER: &str = "\
SELECT current_setting('server_version_num'), session_user, \
current_setting('rds.iam_auth_for_replication', true), current_setting('rds.logical_replication', true), \
current_setting('password_encryption')";
const SELECT_ROLES: &str = "\
SELECT oid, rolname, rolcanlogin, rolsuper, rolreplication, shobj_description(oid, 'pg_authid') \
FROM pg_catalog.pg_roles";
/// `to_jsonb` reads columns that servers before 16 lack.
const SELECT_MEMBERSHIPS: &str = "\
SELECT roleid, member, grantor, admin_option, \
coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true), \
coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) FROM pg_catalog.pg_auth_members m";

/// How much of the catalogue a snapshot holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent<'a> {
    /// All roles and memberships.
    All,
    /// What an operation on one role needs, however many others there are: the role, the session's
    /// user, who is inside the role or inside `rds_superuser`, every group that one of these is in, and
    /// who granted that. Who else is in those groups is left out.
    Around(&'a str),
}

impl Extent<'_> {
    /// The statements that read it.
    pub(super) fn select(self) -> String {
        match self {
            Self::All => format!("{SELECT_SERVER}; {SELECT_ROLES}; {SELECT_MEMBERSHIPS}"),
            Self::Around(name) => {
                let name = Literal::new(name);
                let around = format!(
                    "WITH RECURSIVE inside(oid) AS (\
                     SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN ({name}, '{RDS_SUPERUSER}') \
                     UNION SELECT m.member FROM inside JOIN pg_catalog.pg_auth_members m ON m.roleid = inside.oid), \
                     around(oid) AS (\
                     SELECT oid FROM inside \
                     UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user \
                     UNION SELECT m.roleid FROM around JOIN pg_catalog.pg_auth_members m ON m.member = around.oid)"
                );
                format!(
                    "{SELECT_SERVER}; {around} {SELECT_ROLES} WHERE oid IN (\
                     SELECT oid FROM around \
                     UNION SELECT m.grantor FROM around JOIN pg_catalog.pg_auth_members m ON m.member = around.oid \
                     UNION SELECT oid FROM pg_catalog.pg_roles \
                     WHERE rolname IN ('{RDS_IAM}', '{RDS_REPLICATION}', '{RDS_AD}')); \
                     {around} {SELECT_MEMBERSHIPS} WHERE member IN (SELECT oid FROM around)"
                )
            }
        }
    }
}

/// Statements that read a snapshot.
const STATEMENTS: usize = 3;

/// An object id of the catalogue.
pub type Oid = u32;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `rolname`.
    pub name: String,
    /// `rolcanlogin`.
    pub can_login: bool,
    /// `rolsuper`.
    pub is_superuser: bool,
    /// `rolreplication`.
    pub has_replication: bool,
    /// The comment on the role.
    pub comment: Option<String>,
}

/// A membership: one row of `pg_auth_members`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub role: Oid,
    /// Who is in it.
    pub member: Oid,
    /// Who granted it.
    pub grantor: Oid,
    /// `WITH ADMIN OPTION`.
    pub admin: bool,
    /// `WITH INHERIT`; true before 16.
    pub inherit: bool,
    /// `WITH SET`; true before 16.
    pub set: bool,
}

impl Membership {
    /// Whether this is the row that PostgreSQL 16 and later give to whoever creates a role.
    /// <https://www.postgresql.org/docs/current/role-attributes.html#ROLE-CREATION>
    pub fn is_creators(&self) -> bool {
        self.admin && !self.inherit && !self.set && self.grantor == BOOTSTRAP_SUPERUSER
    }
}

/// Roles and memberships at one moment: all of them, or those around one role.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// `server_version_num`, such as 170010.
    pub version: u32,
    /// The user of the session that read it.
    pub session_user: String,
    /// `rds.iam_auth_for_replication` in the running server; `None` where it is not shown.
    pub iam_auth_for_replication: Option<bool>,
    /// `rds.logical_replication` in the running server; `None` where it is not shown.
    pub logical_replication: Option<bool>,
    /// `password_encryption`, such as `scram-sha-256`.
    pub password_encryption: Option<String>,
    pub(super) roles: BTreeMap<Oid, Role>,
    names: BTreeMap<String, Oid>,
    /// Memberships by their member: a refresh of many users walks from each of them.
    upwards: BTreeMap<Oid, Vec<Membership>>,
    /// The same by their group.
    downwards: BTreeMap<Oid, Vec<Membership>>,
}

impl Snapshot {
    /// A snapshot of the given roles and memberships.
    pub fn new(
        version: u32,
        session_user: impl Into<String>,
        roles: BTreeMap<Oid, Role>,
        memberships: Vec<Membership>,
    ) -> Self {
        let mut upwards: BTreeMap<Oid, Vec<Membership>> = BTreeMap::new();
        let mut downwards: BTreeMap<Oid, Vec<Membership>> = BTreeMap::new();
        for row in memberships {
            downwards.entry(row.role).or_default().push(row.clone());
            upwards.entry(row.member).or_default().push(row);
        }
        Self {
            version,
            session_user: session_user.into(),
            iam_auth_for_replication: None,
            logical_replication: None,
            password_encryption: None,
            names: roles
                .iter()
                .map(|(oid, role)| (role.name.clone(), *oid))
                .collect(),
            roles,
            upwards,
            downwards,
        }
    }

    /// The memberships that a role has.
    pub(super) fn memberships_of(&self, member: Oid) -> &[Membership] {
        self.upwards.get(&member).map_or(&[], Vec::as_slice)
    }

    /// The memberships in a role.
    pub(super) fn memberships_in(&self, role: Oid) -> &[Membership] {
        self.downwards.get(&role).map_or(&[], Vec::as_slice)
    }

    /// Whether memberships have grantors and options of their own: 16 and later.
    pub fn has_grantor_rows(&self) -> bool {
        self.version >= 160_000
    }

    /// The object id of a role.
    pub fn oid(&self, name: &str) -> Option<Oid> {
        self.names.get(name).copied()
    }

    /// A role.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&self.oid(name)?)
    }

    /// The name of a role; its number when it is gone.
    pub fn name(&self, oid: Oid) -> String {
        self.roles
            .get(&oid)
            .map_or_else(|| format!("role {oid}"), |role| role.name.clone())
    }

    /// The direct memberships of a role in a group, one for each grantor.
    pub fn direct(&self, member: &str, group: &str) -> Vec<&Membership> {
        match (self.oid(member), self.oid(group)) {
            (Some(member), Some(group)) => self
                .memberships_of(member)
                .iter()
                .filter(|row| row.role == group)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The names of those who granted a role a direct membership in a group.
    pub fn grantors(&self, member: &str, group: &str) -> BTreeSet<String> {
        self.direct(member, group)
            .into_iter()
            .map(|row| self.name(row.grantor))
            .collect()
    }

    /// Reads the rows of [`Extent::select`], which are the last statements of `results`.
    pub(super) fn from_rows(results: &[Vec<SimpleQueryRow>]) -> Option<Self> {
        let [server, roles, memberships] = results.get(results.len().checked_sub(STATEMENTS)?..)?
        else {
            return None;
        };
        let server = server.first()?;
        let version = server.get(0)?.parse().ok()?;
        let roles = roles
            .iter()
            .map(|row| {
                let role = Role {
                    name: row.get(1)?.to_owned(),
                    can_login: row.get(2)? == "t",
                    is_superuser: row.get(3)? == "t",
                    has_replication: row.get(4)? == "t",
                    comment: row.get(5).map(str::to_owned),
                };
                Some((row.get(0)?.parse().ok()?, role))
            })
            .collect::<Option<_>>()?;
        let memberships = memberships
            .iter()
            .map(|row| {
                Some(Membership {
                    role: row.get(0)?.parse().ok()?,
                    member: row.get(1)?.parse().ok()?,
                    grantor: row.get(2)?.parse().ok()?,
                    admin: row.get(3)? == "t",
                    inherit: row.get(4)? == "t",
                    set: row.get(5)? == "t",
                })
            })
            .collect::<Option<_>>()?;
        Some(Self {
            iam_auth_for_replication: server.get(2).and_then(switch),
            logical_replication: server.get(3).and_then(switch),
            password_encryption: server.get(4).map(str::to_owned),
            ..Self::new(version, server.get(1)?, roles, memberships)
        })
    }
}

/// A boolean setting, in any of the ways in which a server may show it.
fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "1" | "true" => Some(true),
        "off" | "0" | "false" => Some(false),
        _ => None,
    }
}
