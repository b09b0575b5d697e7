//! The publication as an object: its object id, which outlives a name and dies with the publication.

use std::fmt::Write as _;

use tfplugin::{Diagnostic, Private};

use crate::postgres::{publication::Publications, snapshot::Oid};

/// Where the private data keeps the object id.
const OID: &str = "publication_oid";

/// The object id of the publication that this resource manages; `None` where none is recorded yet.
pub(super) fn recorded(private: &Private) -> Option<Oid> {
    private.get(OID)
}

/// Records which object the publication is.
pub(super) fn record(private: &mut Private, oid: Oid) {
    // A number always has a JSON form.
    let _ = private.set(OID, &oid);
}

/// The warning of a refresh after which the state no longer has the publication.
pub(super) fn gone(
    name: &str,
    database: &str,
    found: &Publications,
    recorded: Option<Oid>,
) -> Diagnostic {
    let is_another = found.get(name).is_some();
    let renamed = found
        .iter()
        .find(|(_, publication)| Some(publication.oid) == recorded)
        .map(|(now, _)| now);
    let mut detail = match (renamed, is_another) {
        (Some(now), _) => format!(
            "Somebody renamed the publication {name:?} of the database {database:?}: it is now called {now:?}. A stream \
             that names either fails at what was written before or after that. Rename it back before the next apply, which \
             creates it anew otherwise."
        ),
        (None, true) => format!(
            "The publication {name:?} of the database {database:?} is another one than that which was managed here: \
             somebody dropped that, and created one of the same name. It leaves the state, and nothing of the new one is \
             changed. If it is the one to be managed, import it."
        ),
        (None, false) => format!(
            "Somebody dropped the publication {name:?} of the database {database:?}. It leaves the state, and an apply \
             creates it anew. What was written while there was none can not be decoded by a stream that names it: up to \
             PostgreSQL 17 the stream fails, from 18 on it sends nothing of that."
        ),
    };
    if !found.slots.is_empty() {
        let slots: Vec<String> = found
            .slots
            .iter()
            .map(|slot| format!("{:?}", slot.name))
            .collect();
        // Writing to a string does not fail.
        let _ = write!(
            detail,
            " The database has these slots for pgoutput, whose consumers may name it: {}.",
            slots.join(", ")
        );
    }
    let title = match is_another || renamed.is_some() {
        true => "Publication Is Another One",
        false => "Publication Is Gone",
    };
    Diagnostic::warning(title, detail).at("name")
}

/// The warning of a destroy that changed nothing.
pub(super) fn left(name: &str, database: &str) -> Diagnostic {
    Diagnostic::warning(
        "Publication Left",
        format!(
            "The publication {name:?} of the database {database:?} is another one than that which was managed here: \
             somebody dropped that, and created one of the same name. It was left as it is."
        ),
    )
    .at("name")
}
