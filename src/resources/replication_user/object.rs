//! The role as an object: its object id, which outlives a name and dies with the role.

use tfplugin::{Diagnostic, Private};

use super::{Model, is_true};
use crate::{
    postgres::{
        COMMENT, Error, Server,
        refusal::Refusal,
        snapshot::{Oid, Role, Snapshot},
    },
    scope::Scope,
};

/// Where the private data keeps the object id.
const OID: &str = "role_oid";

/// The object id of the role that this resource manages; `None` where none is recorded, as in the states of
/// earlier versions.
pub(super) fn recorded(private: &Private) -> Option<Oid> {
    private.get(OID)
}

/// Records which object the role is, unless that is known already. A role that is to be dropped one day, and
/// of which no object was recorded, has to have the comment of the provider: it may be another one by now.
pub(super) fn record(private: &mut Private, model: &Model, snapshot: &Snapshot, name: &str) {
    let (Some(oid), Some(role)) = (snapshot.oid(name), snapshot.role(name)) else {
        return;
    };
    let was_moved_here = model.id.is_null();
    if !is_true(&model.create_role) || was_moved_here || is_ours(role) {
        record_oid(private, oid);
    }
}

/// Records which object the role is.
pub(super) fn record_oid(private: &mut Private, oid: Oid) {
    // A number always has a JSON form.
    let _ = private.set(OID, &oid);
}

/// Whether a role carries the comment of those that this provider creates.
pub(super) fn is_ours(role: &Role) -> bool {
    role.comment.as_deref() == Some(COMMENT)
}

/// The name that an object has.
fn name_of(snapshot: &Snapshot, oid: Oid) -> Option<String> {
    let name = snapshot.name(oid);
    (snapshot.oid(&name) == Some(oid)).then_some(name)
}

/// What became of a role, as a whole catalog shows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is there.
    There,
    /// It is gone, and so is its name.
    Gone,
    /// It has another name, and perhaps somebody else has its old one.
    Renamed { now: String, is_name_taken: bool },
    /// It is gone, and another role has its name.
    Replaced,
}

/// What became of the role of that name and, as far as that is recorded, that object id.
pub(super) fn fate(snapshot: &Snapshot, name: &str, oid: Option<Oid>) -> Fate {
    let found = snapshot.oid(name);
    if found.is_some() && oid.is_none_or(|oid| found == Some(oid)) {
        return Fate::There;
    }
    match oid.and_then(|oid| name_of(snapshot, oid)) {
        Some(now) => Fate::Renamed {
            now,
            is_name_taken: found.is_some(),
        },
        None if found.is_some() => Fate::Replaced,
        None => Fate::Gone,
    }
}

impl Fate {
    /// The warning of a refresh after which the state no longer has the role; none is needed where it was
    /// dropped.
    pub(super) fn warning(&self, name: &str, endpoint: &str) -> Option<Diagnostic> {
        let detail = match self {
            Self::There | Self::Gone => return None,
            Self::Renamed { now, is_name_taken } => format!(
                "Somebody renamed the role {name:?} on {endpoint}: it is now called {now:?}{}. It leaves the state, and \
                 keeps what it was granted. Rename it back, or give the resource its new name and import it.",
                if *is_name_taken {
                    format!(", and another role is called {name:?}")
                } else {
                    String::new()
                }
            ),
            Self::Replaced => format!(
                "The role {name:?} on {endpoint} is another one than the role that was managed here: somebody dropped \
                 that, and created one of the same name. It leaves the state, and nothing of the new role is changed \
                 before an apply creates the resource anew. If the new role is the one to be managed, import it."
            ),
        };
        Some(Diagnostic::warning("Role Is Another One", detail).at("name"))
    }

    /// The warning of a destroy that changed nothing.
    pub(super) fn left(&self, name: &str, endpoint: &str) -> Option<Diagnostic> {
        let detail = match self {
            Self::There | Self::Gone => return None,
            Self::Renamed { now, .. } => format!(
                "The role that was managed here as {name:?} on {endpoint} is now called {now:?}: somebody renamed it. It \
                 was left as it is, with what it was granted. Revoke that, or drop the role, if nobody needs it."
            ),
            Self::Replaced => format!(
                "The role {name:?} on {endpoint} is another one than the role that was managed here: somebody dropped \
                 that, and created one of the same name. It was left as it is."
            ),
        };
        Some(Diagnostic::warning("Role Left", detail).at("name"))
    }
}

/// An error about another role of that name, with the name that the one which is meant has now: that takes a
/// look at the whole catalog.
pub(super) async fn with_name_now(
    connector: &Server,
    scope: &Scope,
    oid: Option<Oid>,
    error: Error,
) -> Error {
    let (Some(oid), true) = (oid, is_another_role(&error)) else {
        return error;
    };
    match connector.snapshot_now(scope).await {
        Ok(snapshot) => Refusal::AnotherRole {
            now_called: name_of(&snapshot, oid),
        }
        .into(),
        Err(_) => error,
    }
}

/// Whether the role of that name was refused because it is another one.
pub(super) fn is_another_role(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if matches!(**refusal, Refusal::AnotherRole { .. }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn snapshot(roles: &[(Oid, &str, Option<&str>)]) -> Snapshot {
        let role = |(oid, name, comment): &(Oid, &str, Option<&str>)| {
            let role = Role {
                name: (*name).to_owned(),
                can_login: true,
                is_superuser: false,
                has_replication: false,
                inherits: true,
                bypasses_rls: false,
                comment: comment.map(str::to_owned),
            };
            (*oid, role)
        };
        let roles: BTreeMap<Oid, Role> = roles.iter().map(role).collect();
        Snapshot::new(170_000, "master", roles, Vec::new())
    }

    #[test]
    fn fate_of_a_role_is_told_by_its_object_id() {
        let renamed = |is_name_taken| Fate::Renamed {
            now: "renamed".to_owned(),
            is_name_taken,
        };
        for (roles, oid, expected) in [
            (&[(1, "app", None)][..], None, Fate::There),
            (&[(1, "app", None)], Some(1), Fate::There),
            (&[(2, "app", None)], Some(1), Fate::Replaced),
            (&[(2, "other", None)], Some(1), Fate::Gone),
            (&[(2, "other", None)], None, Fate::Gone),
            (&[(1, "renamed", None)], Some(1), renamed(false)),
            (
                &[(1, "renamed", None), (2, "app", None)],
                Some(1),
                renamed(true),
            ),
        ] {
            assert_eq!(fate(&snapshot(roles), "app", oid), expected, "{roles:?}");
        }
    }

    #[test]
    fn record_of_a_created_role_without_an_object_needs_the_comment() {
        let recorded_of = |create_role: bool, id: Option<&str>, comment: Option<&str>| {
            let mut model = Model::with_defaults("app".to_owned());
            model.create_role = create_role.into();
            model.id = id.map(str::to_owned).into();
            let mut private = Private::default();
            record(
                &mut private,
                &model,
                &snapshot(&[(1, "app", comment)]),
                "app",
            );
            recorded(&private)
        };
        let id = Some("orders/app");
        assert_eq!(recorded_of(false, id, None), Some(1));
        assert_eq!(recorded_of(true, id, Some("payments team")), None);
        assert_eq!(recorded_of(true, id, Some(COMMENT)), Some(1));
        // What was moved here has no id yet.
        assert_eq!(recorded_of(true, None, None), Some(1));
    }
}
