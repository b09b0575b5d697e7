//! The publication as an object: its object id, which outlives a name and dies with the publication.

use std::fmt::Write as _;

use tfplugin::{Diagnostic, Private};

use crate::postgres::{
    COMMENT,
    publication::{Publication, Publications, Seen},
};

/// Where the private data keeps the object.
const SEEN: &str = "publication";

/// The publication that this resource manages, as it was last seen; `None` where none is recorded yet.
pub(super) fn recorded(private: &Private) -> Option<Seen> {
    private.get(SEEN)
}

/// The publication of that name, where it is the one that this resource manages. Nothing may be recorded of it: the CLI saves a
/// state without private data when the provider is killed in an update. Then the comment has to say whose it is, but for what
/// was imported or moved here and not read yet.
pub(super) fn find<'a>(
    found: &'a Publications,
    name: &str,
    private: &Private,
    is_new_here: bool,
) -> Option<&'a Publication> {
    found.get(name).filter(|live| match recorded(private) {
        Some(seen) => live.is(seen, found.version),
        None => is_new_here || live.own_comment() == Some(COMMENT),
    })
}

/// Records which object the publication is.
pub(super) fn record(private: &mut Private, seen: Seen) {
    // Numbers always have a JSON form.
    let _ = private.set(SEEN, &seen);
}

/// The warning of a refresh after which the state no longer has the publication.
pub(super) fn gone(
    name: &str,
    database: &str,
    found: &Publications,
    recorded: Option<Seen>,
) -> Diagnostic {
    let is_another = found.get(name).is_some();
    let renamed = found
        .iter()
        .find(|(_, publication)| Some(publication.seen(found.version)) == recorded)
        .map(|(now, _)| now);
    let mut detail = match (renamed, is_another) {
        (None, true) if recorded.is_none() => format!(
            "A run was killed as it changed the publication {name:?} of the database {database:?}, and nothing says any more \
             which one that was: the one of that name has no comment of this provider. It leaves the state, and nothing of \
             it is changed. If it is the one to be managed, import it."
        ),
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
    let slots: Vec<String> = found
        .slots
        .of_pgoutput(database)
        .map(|slot| format!("{slot:?}"))
        .collect();
    if !slots.is_empty() {
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

/// The warning of a refresh whose database is not there any more.
pub(super) fn gone_with_database(name: &str, database: &str) -> Diagnostic {
    Diagnostic::warning(
        "Publication Is Gone",
        format!(
            "There is no database {database:?} any more, and the publication {name:?} went with it. It leaves the state."
        ),
    )
    .at("database")
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
