//! What reads a snapshot of roles and memberships.
//!
//! A refresh reads many users at once: all of them are answered from one snapshot. An apply reads for itself,
//! inside its transaction, and only what is around its role: a thousand applies would read a thousand times a
//! thousand roles otherwise.

use super::lock::runs_on;
use crate::postgres::{
    Statement,
    ident::Literal,
    rds_roles::{RDS_AD, RDS_IAM, RDS_REPLICATION, RDS_SUPERUSER},
    snapshot::Oid,
};

/// The statement that reads what is no role.
const SELECT_SERVER: &str = "\
SELECT current_setting('server_version_num'), session_user, current_user, \
current_setting('rds.iam_auth_for_replication', true), current_setting('rds.logical_replication', true), \
current_setting('password_encryption')";
/// Roles and memberships are the rows of one statement: as they are at one moment.
const SELECT_ROLES: &str = "\
SELECT 'role', oid, rolname::text, rolcanlogin::text, rolsuper::text, rolreplication::text, \
shobj_description(oid, 'pg_authid'), rolinherit::text, rolbypassrls::text FROM pg_catalog.pg_roles";
/// As [`memberships`] gives them.
const SELECT_MEMBERSHIPS: &str = "\
SELECT 'membership', roleid, member::text, grantor::text, admin_option::text, inherit_option::text, set_option::text, \
NULL, NULL";
/// Whether a membership is that of a role's creator; see [`crate::postgres::snapshot::Membership::is_creators`]. Before 16 none is.
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

/// What a walk has found, as an item of FROM. Of an array the planner expects a handful, as there is; of a walk,
/// thousands, for which each look would lay out hash tables of megabytes.
fn few(walk: &str) -> String {
    format!("unnest(ARRAY(SELECT oid FROM {walk})) AS {walk}(oid)")
}

/// The coverage of a snapshot: how much of the catalog it holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::postgres) enum Coverage<'a> {
    /// All roles and memberships.
    AllRoles,
    /// What an operation on one role needs, however many others there are: the role, the session's
    /// user, who is inside the role or inside `rds_superuser`, every group that one of these is in, and
    /// who granted that. Left out is who else is in those groups, and what others than the role are in as
    /// the creator of a role (16 and later) alone: that makes nobody certain to be in a group, and an
    /// administrator is in all that he has created.
    Neighborhood {
        /// The role.
        name: &'a str,
        /// The object that it was, where that may have another name by now: read as a role alone.
        object: Option<Oid>,
    },
}

impl<'a> Coverage<'a> {
    /// What is around the role of a name.
    pub(in crate::postgres) fn around(name: &'a str) -> Self {
        Self::Neighborhood { name, object: None }
    }

    /// The statements that read it.
    pub(in crate::postgres) fn select(self) -> [Statement; 2] {
        match self {
            Self::AllRoles => [
                Statement::new(SELECT_SERVER),
                Statement::new(format!(
                    "{SELECT_ROLES} UNION ALL {SELECT_MEMBERSHIPS} FROM {}",
                    memberships("true")
                )),
            ],
            Self::Neighborhood { name, object } => {
                let runs = runs_on(name);
                let name = Literal::new(name);
                // No role has the object id zero.
                let object = object.unwrap_or_default();
                let inside = memberships("roleid = inside.oid");
                let above = memberships("member = above.oid");
                let around = memberships(&format!("member = around.oid AND NOT ({IS_CREATORS})"));
                let server = Statement::new(format!("{SELECT_SERVER}, {runs}"));
                let (few_inside, few_above, few_around) =
                    (few("inside"), few("above"), few("around"));
                let roles = Statement::new(format!(
                    "WITH RECURSIVE inside(oid) AS (\
                     SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN ({name}, '{RDS_SUPERUSER}') \
                     UNION SELECT m.member FROM inside, {inside}), \
                     above(oid) AS (\
                     SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {name} \
                     UNION SELECT m.roleid FROM above, {above}), \
                     around(oid) AS (\
                     SELECT oid FROM {few_inside} \
                     UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN (session_user, current_user) \
                     UNION SELECT m.roleid FROM around, {around}), \
                     memberships AS (\
                     SELECT m.* FROM {few_inside}, {inside} UNION SELECT m.* FROM {few_above}, {above} \
                     UNION SELECT m.* FROM {few_around}, {around}), \
                     mentioned(oid) AS (\
                     SELECT oid FROM above UNION SELECT oid FROM around UNION SELECT grantor FROM memberships \
                     UNION SELECT oid FROM pg_catalog.pg_roles \
                     WHERE oid = {object} OR rolname IN ('{RDS_IAM}', '{RDS_REPLICATION}', '{RDS_AD}')) \
                     SELECT r.* FROM {}, LATERAL ({SELECT_ROLES} WHERE oid = mentioned.oid OFFSET 0) AS r \
                     UNION ALL {SELECT_MEMBERSHIPS} FROM memberships m",
                    few("mentioned")
                ));
                [server, roles]
            }
        }
    }
}
