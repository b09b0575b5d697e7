//! Who is inside whom, as `pg_hba.conf` sees it: every membership counts, whatever its options.
//!
//! RDS forces IAM on `+rds_iam`, and a `+role` entry matches direct and indirect members alike, also
//! those that are NOINHERIT, INHERIT FALSE, or hold nothing but ADMIN.
//! <https://www.postgresql.org/docs/current/auth-pg-hba-conf.html>

use std::collections::{BTreeMap, BTreeSet, VecDeque, btree_map::Entry};

use super::{
    rds_roles::{RDS_IAM, RDS_REPLICATION, RDS_SUPERUSER},
    snapshot::{Membership, Oid, Snapshot},
};

/// A nested login: one that is inside a role, directly or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedLogin {
    /// The login.
    pub login: String,
    /// From the role to the login, both included.
    pub path: Vec<String>,
    /// Whether it is inside only through the row that PostgreSQL 16 and later give to whoever
    /// creates a role: RDS is not documented to count that one.
    pub only_as_creator: bool,
}

/// The path of memberships from a role up to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipPath {
    /// From the role to the group, both included.
    pub path: Vec<String>,
    /// Whether that needs the row that PostgreSQL 16 and later give to whoever creates a role: RDS is
    /// not documented to count that one.
    pub only_as_creator: bool,
}

/// A login whose replication connections must use IAM while the parameter is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamLogin {
    /// The login.
    pub login: String,
    /// From the login to `rds_iam`.
    pub membership: MembershipPath,
    /// Whether it can replicate by its REPLICATION attribute alone: AWS does not say whether the
    /// parameter covers that.
    pub only_by_attribute: bool,
}

/// A membership without the name of the role that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKind {
    /// `None` for the role that is asked about.
    group: Option<String>,
    member: String,
    grantor: String,
    admin: bool,
    inherit: bool,
    set: bool,
}

/// Along which side of the memberships to walk.
#[derive(Clone, Copy, Debug)]
enum Direction {
    /// From members to their groups.
    Up,
    /// From groups to their members.
    Down,
}

impl Snapshot {
    /// Whether a role is inside a group, directly or not.
    pub fn is_member(&self, role: &str, group: &str) -> bool {
        self.path(role, group).is_some()
    }

    /// The shortest way from a role up to a group, both included; `None` when there is none.
    pub fn path(&self, role: &str, group: &str) -> Option<Vec<String>> {
        self.membership_path(role, group).map(|found| found.path)
    }

    /// The way from a role up to a group: without a creator's row if there is one, and the shortest
    /// of those; `None` when there is none.
    pub fn membership_path(&self, role: &str, group: &str) -> Option<MembershipPath> {
        let (from, to) = (self.oid(role)?, self.oid(group)?);
        let up = |follows: &dyn Fn(&Membership) -> bool| {
            self.walk(from, Direction::Up, |row| self.counts(row) && follows(row))
                .remove(&to)
        };
        let certain = up(&|row| !self.is_creators_row(row));
        let only_as_creator = certain.is_none();
        Some(MembershipPath {
            path: self.names(&certain.or_else(|| up(&|_| true))?),
            only_as_creator,
        })
    }

    /// Logins that are forced to IAM with `role` once that is granted `rds_iam` itself, and are not certain
    /// to be so without it: the same before the grant and after it. Superusers are not: `pg_hba.conf` gives
    /// them no free pass, but they are nobody's on RDS.
    pub fn logins_affected_by_grant(&self, role: &str) -> Vec<NestedLogin> {
        self.reached_by_grant(role, false)
    }

    /// Logins inside `role` that are certain to be forced to IAM whether or not it is granted `rds_iam`.
    pub(super) fn logins_forced_anyway(&self, role: &str) -> Vec<NestedLogin> {
        self.reached_by_grant(role, true)
    }

    /// Logins inside `role`: those that are certain to be forced without a grant to it, or the others.
    fn reached_by_grant(&self, role: &str, forced_without_it: bool) -> Vec<NestedLogin> {
        let Some(start) = self.oid(role) else {
            return Vec::new();
        };
        let rds_iam = self.oid(RDS_IAM);
        let is_the_grant = |row: &Membership| row.member == start && Some(row.role) == rds_iam;
        let is_forced_without_it = |login: Oid| {
            let up = self.walk(login, Direction::Up, |row| {
                self.counts(row) && !self.is_creators_row(row) && !is_the_grant(row)
            });
            rds_iam.is_some_and(|group| up.contains_key(&group))
        };
        let certain = self.walk(start, Direction::Down, |row| !self.is_creators_row(row));
        let all = self.walk(start, Direction::Down, |_| true);
        all.into_iter()
            .filter(|(oid, _)| *oid != start && is_forced_without_it(*oid) == forced_without_it)
            .filter_map(|(oid, path)| {
                let login = self.roles.get(&oid)?;
                (login.can_login && !login.is_superuser).then(|| NestedLogin {
                    login: login.name.clone(),
                    path: self.names(certain.get(&oid).unwrap_or(&path)),
                    only_as_creator: !certain.contains_key(&oid),
                })
            })
            .collect()
    }

    /// The memberships that lead from a role down to a login, with the role's name left out: what a server
    /// makes of them for one role, it makes of them for another.
    pub(super) fn rows_between(&self, role: &str, login: &str) -> BTreeSet<RowKind> {
        let (Some(start), Some(end)) = (self.oid(role), self.oid(login)) else {
            return BTreeSet::new();
        };
        let reached = self.walk(start, Direction::Down, |_| true);
        let rows: Vec<&Membership> = reached
            .keys()
            .flat_map(|oid| self.memberships_in(*oid))
            .collect();
        let mut leading = BTreeSet::from([end]);
        while rows
            .iter()
            .any(|row| leading.contains(&row.member) && leading.insert(row.role))
        {}
        rows.into_iter()
            .filter(|row| leading.contains(&row.member))
            .map(|row| RowKind {
                group: (row.role != start).then(|| self.name(row.role)),
                member: self.name(row.member),
                grantor: self.name(row.grantor),
                admin: row.admin,
                inherit: row.inherit,
                set: row.set,
            })
            .collect()
    }

    /// Logins whose replication connections must use IAM while the parameter is on: those in
    /// `rds_iam` that can replicate.
    pub fn iam_replication_logins(&self) -> Vec<IamLogin> {
        let mut forced: Vec<IamLogin> = self
            .roles
            .values()
            .filter(|role| role.can_login && !role.is_superuser)
            .filter_map(|role| {
                let of_group = self.is_member(&role.name, RDS_REPLICATION);
                if !of_group && !role.has_replication {
                    return None;
                }
                Some(IamLogin {
                    login: role.name.clone(),
                    membership: self.membership_path(&role.name, RDS_IAM)?,
                    only_by_attribute: !of_group,
                })
            })
            .collect();
        forced.sort_by(|one, other| one.login.cmp(&other.login));
        forced
    }

    /// Logins inside a group, the group's administrators for instance.
    pub fn logins_in(&self, group: &str) -> BTreeSet<String> {
        let Some(start) = self.oid(group) else {
            return BTreeSet::new();
        };
        self.inside(start)
            .into_iter()
            .filter_map(|oid| self.roles.get(&oid))
            .filter(|role| role.can_login)
            .map(|role| role.name.clone())
            .collect()
    }

    /// A role and all that are inside it.
    pub(super) fn inside(&self, role: Oid) -> BTreeSet<Oid> {
        self.walk(role, Direction::Down, |_| true)
            .into_keys()
            .collect()
    }

    /// The role and all whose rights it has: memberships that it inherits.
    pub(super) fn inherited_by(&self, role: &str) -> BTreeSet<String> {
        let Some(start) = self.oid(role) else {
            return BTreeSet::new();
        };
        self.walk(start, Direction::Up, |row| row.inherit)
            .into_keys()
            .map(|oid| self.name(oid))
            .collect()
    }

    /// Whether RDS counts a row, so that its member falls under its group's rules. One it does not: on 16 and later
    /// `rds_superuser` can grant `rds_iam` without falling under it.
    pub(super) fn counts(&self, row: &Membership) -> bool {
        let administers = row.admin && !row.inherit && !row.set;
        !(administers
            && self.oid(RDS_IAM) == Some(row.role)
            && self.oid(RDS_SUPERUSER) == Some(row.member))
    }

    fn is_creators_row(&self, row: &Membership) -> bool {
        self.has_grantor_rows() && row.is_creators()
    }

    /// Everything that can be reached over the memberships to follow, each with the shortest way
    /// to it.
    fn walk(
        &self,
        start: Oid,
        direction: Direction,
        follows: impl Fn(&Membership) -> bool,
    ) -> BTreeMap<Oid, Vec<Oid>> {
        let mut reached = BTreeMap::from([(start, vec![start])]);
        let mut open = VecDeque::from([start]);
        while let Some(oid) = open.pop_front() {
            let path = reached.get(&oid).cloned().unwrap_or_default();
            let rows = match direction {
                Direction::Up => self.memberships_of(oid),
                Direction::Down => self.memberships_in(oid),
            };
            for row in rows.iter().filter(|row| follows(row)) {
                let next = match direction {
                    Direction::Up => row.role,
                    Direction::Down => row.member,
                };
                if let Entry::Vacant(unseen) = reached.entry(next) {
                    unseen.insert([path.as_slice(), &[next]].concat());
                    open.push_back(next);
                }
            }
        }
        reached
    }

    fn names(&self, path: &[Oid]) -> Vec<String> {
        path.iter().map(|oid| self.name(*oid)).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::postgres::snapshot::Role;

    /// A server whose roles are numbered in order from 10, `rdsadmin` first.
    pub(in crate::postgres) fn snapshot(
        version: u32,
        roles: &[(&str, bool)],
        rows: &[(&str, &str, &str, [bool; 3])],
    ) -> Snapshot {
        let named: BTreeMap<Oid, Role> = [("rdsadmin", true)]
            .iter()
            .chain(roles)
            .zip(10..)
            .map(|((name, can_login), oid)| {
                let role = Role {
                    name: (*name).to_owned(),
                    can_login: *can_login,
                    is_superuser: *name == "rdsadmin",
                    has_replication: false,
                    inherits: true,
                    bypasses_rls: false,
                    comment: None,
                };
                (oid, role)
            })
            .collect();
        let oid = |name: &str| {
            named
                .iter()
                .find(|(_, role)| role.name == name)
                .map(|(oid, _)| *oid)
                .expect("the role is listed")
        };
        let memberships = rows
            .iter()
            .map(
                |(group, member, grantor, [admin, inherit, set])| Membership {
                    role: oid(group),
                    member: oid(member),
                    grantor: oid(grantor),
                    admin: *admin,
                    inherit: *inherit,
                    set: *set,
                },
            )
            .collect();
        Snapshot::new(version, "master", named, memberships)
    }

    const PLAIN: [bool; 3] = [false, true, true];
    const ADMIN_ONLY: [bool; 3] = [true, false, false];
    const ROLES: [(&str, bool); 6] = [
        ("rds_iam", false),
        ("rds_superuser", false),
        ("master", true),
        ("app", true),
        ("team", false),
        ("inside", true),
    ];

    #[test]
    fn logins_affected_by_grant_are_found_through_groups() {
        let snapshot = snapshot(
            150_000,
            &ROLES,
            &[
                ("app", "team", "rdsadmin", PLAIN),
                ("team", "inside", "rdsadmin", [false, false, true]),
            ],
        );
        let forced = snapshot.logins_affected_by_grant("app");
        assert_eq!(forced.len(), 1);
        assert_eq!(forced[0].path, ["app", "team", "inside"]);
        assert!(!forced[0].only_as_creator);
    }

    #[test]
    fn logins_affected_by_grant_leave_out_who_is_forced_already() {
        let snapshot = snapshot(
            150_000,
            &ROLES,
            &[
                ("app", "inside", "rdsadmin", PLAIN),
                ("rds_iam", "inside", "rdsadmin", PLAIN),
            ],
        );
        assert_eq!(snapshot.logins_affected_by_grant("app"), []);
    }

    #[test]
    fn logins_affected_by_grant_mark_the_creator_of_16_and_later() {
        let rows = [("app", "master", "rdsadmin", ADMIN_ONLY)];
        let forced = snapshot(160_000, &ROLES, &rows).logins_affected_by_grant("app");
        assert!(forced[0].only_as_creator);
        assert_eq!(forced[0].path, ["app", "master"]);
        let before = snapshot(150_000, &ROLES, &rows).logins_affected_by_grant("app");
        assert!(!before[0].only_as_creator);
    }

    #[test]
    fn logins_affected_by_grant_have_a_creator_who_is_a_plain_member_too_as_certain() {
        let snapshot = snapshot(
            160_000,
            &ROLES,
            &[
                ("app", "master", "rdsadmin", ADMIN_ONLY),
                ("app", "master", "master", PLAIN),
            ],
        );
        assert!(!snapshot.logins_affected_by_grant("app")[0].only_as_creator);
    }

    #[test]
    fn logins_affected_by_grant_do_not_take_a_creators_row_for_a_proof_that_somebody_is_forced() {
        let forced = snapshot(
            160_000,
            &ROLES,
            &[
                ("team", "inside", "rdsadmin", ADMIN_ONLY),
                ("rds_iam", "team", "rdsadmin", PLAIN),
                ("app", "inside", "rdsadmin", PLAIN),
            ],
        )
        .logins_affected_by_grant("app");
        assert_eq!(forced.len(), 1);
        assert!(!forced[0].only_as_creator);
    }

    #[test]
    fn logins_affected_by_grant_are_the_same_after_the_grant_as_before_it() {
        let inside = ("app", "inside", "rdsadmin", PLAIN);
        let granted = ("rds_iam", "app", "master", PLAIN);
        let creators = ("app", "master", "rdsadmin", ADMIN_ONLY);
        let before = snapshot(160_000, &ROLES, &[inside, creators]).logins_affected_by_grant("app");
        let after =
            snapshot(160_000, &ROLES, &[inside, creators, granted]).logins_affected_by_grant("app");
        assert_eq!(before.len(), 2);
        assert_eq!(before, after);
    }

    #[test]
    fn rows_between_a_role_and_its_creator_are_the_same_for_each_role_and_no_others() {
        let of = |rows: &[_], role| snapshot(160_000, &ROLES, rows).rows_between(role, "master");
        let one = of(&[("app", "master", "rdsadmin", ADMIN_ONLY)], "app");
        assert_eq!(one.len(), 1);
        let other = ("inside", "master", "rdsadmin", ADMIN_ONLY);
        let beside = ("rds_iam", "inside", "rdsadmin", PLAIN);
        assert_eq!(of(&[other, beside], "inside"), one);
        let inherited = ("inside", "master", "rdsadmin", [true, true, false]);
        assert_ne!(of(&[inherited], "inside"), one);
        let nested = ("team", "inside", "rdsadmin", PLAIN);
        assert_ne!(
            of(
                &[other, nested, ("inside", "team", "master", PLAIN)],
                "inside"
            ),
            one
        );
    }

    #[test]
    fn rds_superusers_admin_row_on_rds_iam_forces_nobody() {
        let rows = [
            ("rds_iam", "rds_superuser", "rdsadmin", ADMIN_ONLY),
            ("rds_superuser", "master", "rdsadmin", PLAIN),
            ("app", "master", "master", PLAIN),
        ];
        let snapshot = snapshot(160_000, &ROLES, &rows);
        assert!(!snapshot.is_member("master", RDS_IAM));
        assert_eq!(snapshot.logins_affected_by_grant("app")[0].login, "master");
    }

    #[test]
    fn path_of_a_circle_ends() {
        let snapshot = snapshot(
            150_000,
            &ROLES,
            &[
                ("app", "team", "rdsadmin", PLAIN),
                ("team", "app", "rdsadmin", PLAIN),
            ],
        );
        assert_eq!(snapshot.path("app", RDS_IAM), None);
        assert_eq!(snapshot.logins_affected_by_grant("app"), []);
    }
}
