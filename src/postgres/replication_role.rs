//! The roles that can replicate or are in `rds_iam`, and how they came to be so.

use std::collections::BTreeSet;

use super::{
    rds_roles::{RDS_IAM, RDS_REPLICATION},
    snapshot::{Role, Snapshot},
};

/// A role that can replicate or is in `rds_iam`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationRole {
    /// `rolname`.
    pub name: String,
    /// `rolcanlogin`.
    pub can_login: bool,
    /// What it holds, directly or not, in the order of [`Privilege`].
    pub privileges: Vec<Privilege>,
    /// Each way into `rds_iam`, then each into `rds_replication`.
    pub memberships: Vec<GroupMembership>,
}

/// What matters to replication and to how a login proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// Membership in `rds_iam`.
    RdsIam,
    /// Membership in `rds_replication`.
    RdsReplication,
    /// The REPLICATION attribute.
    Replication,
    /// The SUPERUSER attribute.
    Superuser,
}

/// A membership of a role that leads into a group. Whoever ends all of them takes the role out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMembership {
    /// The group.
    pub group: &'static str,
    /// From the role to the group, both included: the shortest through this membership.
    pub path: Vec<String>,
    /// Who granted the role this membership, the first step of the path, in order.
    pub grantors: Vec<String>,
}

impl Privilege {
    /// The name of the group, or the keyword of `CREATE ROLE` in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RdsIam => RDS_IAM,
            Self::RdsReplication => RDS_REPLICATION,
            Self::Replication => "replication",
            Self::Superuser => "superuser",
        }
    }
}

impl Snapshot {
    /// Every role that can replicate or is in `rds_iam`, by name. The two groups are not among them.
    pub fn replication_roles(&self) -> Vec<ReplicationRole> {
        let mut found: Vec<ReplicationRole> = self
            .roles
            .values()
            .filter(|role| ![RDS_IAM, RDS_REPLICATION].contains(&role.name.as_str()))
            .filter_map(|role| self.replication_role(role))
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }

    fn replication_role(&self, role: &Role) -> Option<ReplicationRole> {
        let name = &role.name;
        let held = [
            (self.is_member(name, RDS_IAM), Privilege::RdsIam),
            (
                self.is_member(name, RDS_REPLICATION),
                Privilege::RdsReplication,
            ),
            (role.has_replication, Privilege::Replication),
            (role.is_superuser, Privilege::Superuser),
        ];
        let privileges: Vec<Privilege> = held
            .into_iter()
            .filter_map(|(holds, privilege)| holds.then_some(privilege))
            .collect();
        (!privileges.is_empty()).then(|| ReplicationRole {
            name: name.clone(),
            can_login: role.can_login,
            privileges,
            memberships: [RDS_IAM, RDS_REPLICATION]
                .into_iter()
                .flat_map(|group| self.memberships_into(name, group))
                .collect(),
        })
    }

    /// The memberships of a role that lead into a group, the direct one first, then by path.
    fn memberships_into(&self, role: &str, group: &'static str) -> Vec<GroupMembership> {
        let Some(oid) = self.oid(role) else {
            return Vec::new();
        };
        let first_steps: BTreeSet<_> = self
            .memberships_of(oid)
            .iter()
            .filter(|row| self.counts(row))
            .map(|row| self.name(row.role))
            .collect();
        let mut memberships: Vec<GroupMembership> = first_steps
            .into_iter()
            .filter_map(|step| {
                let onwards = self.path(&step, group)?;
                Some(GroupMembership {
                    group,
                    grantors: self.grantors(role, &step).into_iter().collect(),
                    path: [&[role.to_owned()], onwards.as_slice()].concat(),
                })
            })
            .collect();
        memberships.sort_by(|one, other| {
            (one.path.len(), &one.path).cmp(&(other.path.len(), &other.path))
        });
        memberships
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::membership::tests::snapshot;

    const PLAIN: [bool; 3] = [false, true, true];
    const ADMIN_ONLY: [bool; 3] = [true, false, false];
    const ROLES: [(&str, bool); 7] = [
        ("rds_iam", false),
        ("rds_replication", false),
        ("rds_superuser", false),
        ("master", true),
        ("team", false),
        ("cdc", true),
        ("bystander", true),
    ];

    fn membership(group: &'static str, path: &[&str], grantors: &[&str]) -> GroupMembership {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        GroupMembership {
            group,
            path: owned(path),
            grantors: owned(grantors),
        }
    }

    #[test]
    fn replication_roles_have_each_way_into_a_group_with_its_grantors() {
        let found = snapshot(
            170_000,
            &ROLES,
            &[
                ("rds_iam", "team", "rdsadmin", PLAIN),
                ("team", "cdc", "master", PLAIN),
                ("team", "cdc", "rdsadmin", ADMIN_ONLY),
                ("rds_iam", "cdc", "master", PLAIN),
                ("rds_replication", "cdc", "master", PLAIN),
            ],
        )
        .replication_roles();
        let names: Vec<&str> = found.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["cdc", "rdsadmin", "team"]);
        assert_eq!(
            found[0].privileges,
            [Privilege::RdsIam, Privilege::RdsReplication]
        );
        assert_eq!(
            found[0].memberships,
            [
                membership("rds_iam", &["cdc", "rds_iam"], &["master"]),
                membership(
                    "rds_iam",
                    &["cdc", "team", "rds_iam"],
                    &["master", "rdsadmin"]
                ),
                membership("rds_replication", &["cdc", "rds_replication"], &["master"]),
            ]
        );
        assert_eq!(found[1].privileges, [Privilege::Superuser]);
        assert!(!found[2].can_login);
    }

    #[test]
    fn replication_roles_leave_out_whoever_only_administers_rds_iam() {
        let found = snapshot(
            170_000,
            &ROLES,
            &[
                ("rds_iam", "rds_superuser", "rdsadmin", ADMIN_ONLY),
                ("rds_superuser", "master", "rdsadmin", PLAIN),
            ],
        )
        .replication_roles();
        let names: Vec<&str> = found.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["rdsadmin"]);
    }
}
