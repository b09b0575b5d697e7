//! The declared right to replicate: what of it holds, and which parts the resource answers for.

use tfplugin::{Diagnostic, Diagnostics, Private};

use super::Model;
use crate::postgres::{
    replication_privilege::{Parts, ReplicationPrivilege},
    replication_user::Outcome,
    snapshot::Snapshot,
};

/// Where the private data keeps the parts of the right to replicate that this resource granted.
const GRANTED: &str = "granted_replication_privilege";

/// What the configuration declares; `auto` where it says nothing.
pub(super) fn privilege(model: &Model) -> ReplicationPrivilege {
    model
        .replication_privilege
        .known()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ReplicationPrivilege::Auto)
}

/// The argument's value as the server has it: the declared one while it holds.
pub(super) fn live_privilege(state: &Model, snapshot: &Snapshot, name: &str) -> String {
    let live = Parts::of(snapshot, name);
    let declared = state.replication_privilege.known().map(String::as_str);
    let holds = declared
        .and_then(|text| text.parse::<ReplicationPrivilege>().ok())
        .is_some_and(|declared| declared.parts(snapshot).without(live).is_none());
    match declared {
        Some(declared) if holds => declared.to_owned(),
        _ => live.as_str().to_owned(),
    }
}

/// The parts of the right that this resource answers for, and takes back one day.
pub(super) fn owned(planned: &Model, outcome: &Outcome) -> Parts {
    match privilege(planned) {
        ReplicationPrivilege::Auto => outcome.granted,
        _ => outcome.granted.or(outcome.found),
    }
}

/// The parts that were granted here, from the private data.
pub(super) fn granted(private: &Private) -> Parts {
    private.get(GRANTED).unwrap_or_default()
}

/// Keeps in the private data which parts were granted here.
pub(super) fn remember(private: &mut Private, parts: Parts, diagnostics: &mut Diagnostics) {
    if let Err(error) = private.set(GRANTED, &parts) {
        diagnostics.push(Diagnostic::warning(
            "Granted Privilege Not Recorded",
            format!("A destroy will not take back the right to replicate: {error}."),
        ));
    }
}
