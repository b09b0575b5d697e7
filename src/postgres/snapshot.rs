//! The roles of a server and their memberships at one moment.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::SimpleQueryRow;

use super::{
    ident::Literal,
    membership::{RDS_AD, RDS_IAM, RDS_REPLICATION, RDS_SUPERUSER},
    statement,
};

/// The object id of the bootstrap superuser, `rdsadmin` on RDS.
const BOOTSTRAP_SUPERUSER: u32 = 10;

/// The statement that reads what is no role.
const SELECT_SERVER: &str = "\
SELECT current_setting('server_version_num'), session_user, current_user, \
current_setting('rds.iam_auth_for_replication', true), current_setting('rds.logical_replication', true), \
current_setting('password_encryption')";
/// Roles and memberships are the rows of one statement: as they are at one moment.
const SELECT_ROLES: &str = "\
SELECT 'role', oid, rolname::text, rolcanlogin::text, rolsuper::text, rolreplication::text, \
shobj_description(oid, 'pg_authid') FROM pg_catalog.pg_roles";
/// As [`memberships`] gives them.
const SELECT_MEMBERSHIPS: &str = "\
SELECT 'membership', roleid, member::text, grantor::text, admin_option::text, inherit_option::text, set_option::text";
/// Whether a membership is that of a role's creator; see [`Membership::is_creators`]. Before 16 none is.
const IS_CREATORS: &str = "admin_option AND grantor = 10 AND NOT inherit_option AND NOT set_option";

/// The memberships of which something is so, as what follows a comma in FROM, with columns that
/// `pg_auth_members` lacks before 16: a name that the inner table does not have is that of the outer one.
///
/// `OFFSET 0` keeps the planner from anything but a look into an index for each role: what it
/// expects of walks is far from what they find, and an administrator may have created thousands of roles.
fn memberships(condition: &str) -> String {
    format!(
        "LATERAL (SELECT found.* FROM (SELECT true AS inherit_option, true AS set_option) AS before_16, \
         LATERAL (SELECT roleid, member, grantor, admin_option, inherit_option, set_option \
         FROM pg_catalog.pg_auth_members WHERE {condition} OFFSET 0) AS found) m"
    )
}

/// How much of the catalogue a snapshot holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent<'a> {
    /// All roles and memberships.
    All,
    /// What an operation on one role needs, however many others there are: the role, the session's
    /// user, who is inside the role or inside `rds_superuser`, every group that one of these is in, and
    /// who granted that. Left out is who else is in those groups, and what others than the role are in as
    /// the creator of a role (16 and later) alone: that makes nobody certain to be in a group, and an
    /// administrator is in all that he has created.
    Around(&'a str),
}

impl Extent<'_> {
    /// The statements that read it.
    pub(super) fn select(self) -> String {
        match self {
            Self::All => format!(
                "{SELECT_SERVER}; {SELECT_ROLES} UNION ALL {SELECT_MEMBERSHIPS} FROM {}",
                memberships("true")
            ),
            Self::Around(name) => {
                let runs = statement::runs_on(name);
                let name = Literal::new(name);
                let inside = memberships("roleid = inside.oid");
                let above = memberships("member = above.oid");
                let around = memberships(&format!("member = around.oid AND NOT ({IS_CREATORS})"));
                format!(
                    "{SELECT_SERVER}, {runs}; WITH RECURSIVE inside(oid) AS (\
                     SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN ({name}, '{RDS_SUPERUSER}') \
                     UNION SELECT m.member FROM inside, {inside}), \
                     above(oid) AS (\
                     SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {name} \
                     UNION SELECT m.roleid FROM above, {above}), \
                     around(oid) AS (\
                     SELECT oid FROM inside \
                     UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN (session_user, current_user) \
                     UNION SELECT m.roleid FROM around, {around}), \
                     memberships AS (\
                     SELECT m.* FROM inside, {inside} UNION SELECT m.* FROM above, {above} \
                     UNION SELECT m.* FROM around, {around}) \
                     {SELECT_ROLES} WHERE oid = ANY (ARRAY(\
                     SELECT oid FROM above UNION ALL SELECT oid FROM around UNION ALL SELECT grantor FROM memberships \
                     UNION ALL SELECT oid FROM pg_catalog.pg_roles \
                     WHERE rolname IN ('{RDS_IAM}', '{RDS_REPLICATION}', '{RDS_AD}'))) \
                     UNION ALL {SELECT_MEMBERSHIPS} FROM memberships m"
                )
            }
        }
    }
}

/// Statements that read a snapshot.
const STATEMENTS: usize = 2;

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

    /// Reads the rows of [`Extent::select`], which are the last statements of `results`.
    pub(super) fn from_rows(results: &[Vec<SimpleQueryRow>]) -> Option<Self> {
        let [server, rows] = results.get(results.len().checked_sub(STATEMENTS)?..)? else {
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
