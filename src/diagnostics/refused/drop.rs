//! A role that is not dropped, since somebody uses it.

use super::Advice;
use crate::postgres::refusal::{Dependents, Session, list};

pub(super) fn has_sessions(name: &str, endpoint: &str, sessions: &[Session]) -> Advice {
    let detail = format!(
        "{name:?} has sessions on {endpoint}: {}. PostgreSQL would drop the role all the same, and a replication \
         stream would go on without a name while its slot retains WAL. Stop the clients, or set \
         `force_destroy = true` and apply before the destroy.",
        list(sessions)
    );
    ("force_destroy", detail)
}

pub(super) fn has_dependents(name: &str, dependents: &[Dependents]) -> Advice {
    let databases: Vec<String> = dependents
        .iter()
        .filter_map(|dependents| Some(format!("{:?}", dependents.database.as_ref()?)))
        .collect();
    let grants = match databases.is_empty() {
        true => String::new(),
        false => format!(
            " What an `rdsiam_publication_grant` gave goes with that: destroy first the one of {name:?} in the database {}.",
            databases.join(", ")
        ),
    };
    let detail = format!(
        "{name:?} was not dropped, since objects depend on it: {}.{grants} Reassign or drop others (REASSIGN OWNED, DROP \
         OWNED) in each database, then destroy again.",
        list(dependents)
    );
    ("name", detail)
}
