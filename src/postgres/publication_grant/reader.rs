//! A role with all whose rights it has, as PostgreSQL walks its memberships.
//! <https://www.postgresql.org/docs/current/role-membership.html>

use std::collections::BTreeSet;

use super::acl::{AclRow, Place, Readable, Table};
use crate::postgres::snapshot::{Oid, Snapshot};

/// Who has the rights of everybody: a grantee of that object id.
const EVERYBODY: Oid = 0;
/// The role in which the owner of the database is, in that database.
const DATABASE_OWNER: &str = "pg_database_owner";
/// The role whose members may read all tables and use all schemas.
const READ_ALL_DATA: &str = "pg_read_all_data";
/// The role whose members may use all schemas.
const WRITE_ALL_DATA: &str = "pg_write_all_data";

/// A role with all whose rights it has.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The role.
    pub role: Oid,
    /// Itself and those whose rights it inherits.
    roles: BTreeSet<Oid>,
    is_superuser: bool,
    bypasses_row_security: bool,
    reads_all: bool,
    uses_all: bool,
}

impl Reader {
    /// The role of a name, in a database of that owner; `None` where there is none.
    pub fn of(snapshot: &Snapshot, name: &str, database_owner: Oid) -> Option<Self> {
        let (role, facts) = (snapshot.oid(name)?, snapshot.role(name)?);
        let roles = inherited(snapshot, role, database_owner);
        let is_in = |name: &str| {
            snapshot
                .oid(name)
                .is_some_and(|group| roles.contains(&group))
        };
        let reads_all = is_in(READ_ALL_DATA);
        Some(Self {
            role,
            is_superuser: facts.is_superuser,
            bypasses_row_security: facts.bypasses_rls,
            reads_all,
            uses_all: reads_all || is_in(WRITE_ALL_DATA),
            roles,
        })
    }

    /// What it may read of a table.
    pub fn readable(&self, table: &Table) -> Readable {
        let whole = self.reads_all || self.has(&table.acl);
        let columns = table
            .columns
            .iter()
            .filter(|(_, column)| whole || self.has(&column.acl))
            .map(|(number, _)| *number)
            .collect();
        Readable { whole, columns }
    }

    /// Whether row level security may hide rows of a table from it.
    pub fn is_hidden(&self, table: &Table) -> bool {
        let is_owner = !table.forces_row_security && self.has_rights_of(table.owner);
        table.has_row_security && !self.is_superuser && !self.bypasses_row_security && !is_owner
    }

    /// Whether it may connect to a database.
    pub fn may_connect(&self, database: &Place) -> bool {
        self.has(&database.acl)
    }

    /// Whether it may use a schema.
    pub fn may_use(&self, schema: &Place) -> bool {
        self.uses_all || self.has(&schema.acl)
    }

    /// Whether it may give rights on a table.
    pub fn may_give(&self, table: &Table) -> bool {
        let is_given_on = |row: &&AclRow| row.is_grantable && self.has_rights_of(row.grantee);
        self.has_rights_of(table.owner) || table.acl.iter().any(|row| is_given_on(&row))
    }

    /// Whether one of these rows is for it.
    fn has(&self, acl: &[AclRow]) -> bool {
        self.is_superuser
            || acl
                .iter()
                .any(|row| row.grantee == EVERYBODY || self.roles.contains(&row.grantee))
    }

    fn has_rights_of(&self, role: Oid) -> bool {
        self.is_superuser || self.roles.contains(&role)
    }
}

/// A role and all whose rights it inherits: from 16 on each membership says so, before the member.
fn inherited(snapshot: &Snapshot, role: Oid, database_owner: Oid) -> BTreeSet<Oid> {
    let has_options = snapshot.has_grantor_rows();
    let inherits = |member: Oid| {
        has_options
            || snapshot
                .roles
                .get(&member)
                .is_some_and(|role| role.inherits)
    };
    let (mut found, mut next) = (BTreeSet::from([role]), vec![role]);
    while let Some(member) = next.pop() {
        if !inherits(member) {
            continue;
        }
        let groups = snapshot.memberships_of(member).iter();
        let groups = groups
            .filter(|row| !has_options || row.inherit)
            .map(|row| row.role);
        let is_owner = member == database_owner;
        let of_owner = is_owner.then(|| snapshot.oid(DATABASE_OWNER)).flatten();
        for group in groups.chain(of_owner) {
            if found.insert(group) {
                next.push(group);
            }
        }
    }
    found
}
