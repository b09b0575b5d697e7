//! The roles of a server and their memberships at one moment.

use std::collections::{BTreeMap, BTreeSet};

use super::row::Rows;

/// The object id of the bootstrap superuser, `rdsadmin` on RDS.
const BOOTSTRAP_SUPERUSER: u32 = 10;

/// An object id of the catalog.
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
    /// `rolinherit`, which says before 16 whether it has the rights of its groups.
    pub inherits: bool,
    /// `rolbypassrls`.
    pub bypasses_rls: bool,
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

/// What other runs do with a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs {
    /// One works on it, in another database.
    pub(super) elsewhere: bool,
    /// A grant to it is on probation.
    pub(super) probation: bool,
    /// Some grant on the server is.
    pub(super) any_probation: bool,
    /// Roles into which somebody has put a member, and has not committed that yet.
    gaining: BTreeSet<Oid>,
    /// Somebody has put a member into some role, nobody knows which.
    some_is_gaining: bool,
    /// The session may run PL/pgSQL.
    pub(super) can_do: bool,
}

/// Roles and memberships at one moment: all of them, or those around one role.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// `server_version_num`, such as 170010.
    pub version: u32,
    /// The user of the session that read it.
    pub session_user: String,
    /// As whom that session acts: another one where a role was set in its place.
    pub current_user: String,
    /// What other runs do with the role that it is around.
    pub(super) runs: Runs,
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
        let session_user = session_user.into();
        Self {
            version,
            current_user: session_user.clone(),
            session_user,
            runs: Runs::default(),
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

    /// Whether somebody has put a member into a role, or into one inside it, and has not committed that yet.
    pub(super) fn has_members_to_come(&self, role: Oid) -> bool {
        self.runs.some_is_gaining || !self.runs.gaining.is_disjoint(&self.inside(role))
    }

    /// Reads the rows of [`super::statement::Coverage::select`], which are the last statements of `results`.
    pub(super) fn from_rows(results: &[Rows]) -> Option<Self> {
        let [.., server, rows] = results else {
            return None;
        };
        let server = server.first()?;
        let version = server.get(0)?.parse().ok()?;
        let (mut roles, mut memberships) = (BTreeMap::new(), Vec::new());
        for row in rows {
            let oid = row.get(1)?.parse().ok()?;
            let is_true = |column| Some(row.get(column)? == "true");
            if row.get(0)? == "role" {
                let role = Role {
                    name: row.get(2)?.to_owned(),
                    can_login: is_true(3)?,
                    is_superuser: is_true(4)?,
                    has_replication: is_true(5)?,
                    inherits: is_true(7)?,
                    bypasses_rls: is_true(8)?,
                    comment: row.get(6).map(str::to_owned),
                };
                roles.insert(oid, role);
            } else {
                memberships.push(Membership {
                    role: oid,
                    member: row.get(2)?.parse().ok()?,
                    grantor: row.get(3)?.parse().ok()?,
                    admin: is_true(4)?,
                    inherit: is_true(5)?,
                    set: is_true(6)?,
                });
            }
        }
        let runs = match server.len() {
            12 => Runs {
                elsewhere: server.get(6)? == "t",
                probation: server.get(7)? == "t",
                any_probation: server.get(8)? == "t",
                gaining: oids(server.get(9).unwrap_or_default())?,
                some_is_gaining: server.get(10)? == "t",
                can_do: server.get(11)? == "t",
            },
            _ => Runs::default(),
        };
        Some(Self {
            current_user: server.get(2)?.to_owned(),
            iam_auth_for_replication: server.get(3).and_then(switch),
            logical_replication: server.get(4).and_then(switch),
            password_encryption: server.get(5).map(str::to_owned),
            runs,
            ..Self::new(version, server.get(1)?, roles, memberships)
        })
    }
}

/// Object ids with a space between them.
fn oids(text: &str) -> Option<BTreeSet<Oid>> {
    text.split_whitespace()
        .map(|oid| oid.parse().ok())
        .collect()
}

/// A boolean setting, in any of the ways in which a server may show it.
fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "1" | "true" => Some(true),
        "off" | "0" | "false" => Some(false),
        _ => None,
    }
}
