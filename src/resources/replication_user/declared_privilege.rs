//! The declared right to replicate: what of it holds, and which sources the resource answers for.

use tfplugin::{Diagnostic, Diagnostics, Private};

use super::{Model, is_true};
use crate::postgres::{
    rds_roles::RDS_IAM,
    replication_privilege::{PrivilegeSources, ReplicationPrivilege},
    replication_user::Outcome,
    snapshot::Snapshot,
};

/// Where the private data keeps the sources of the right to replicate that this resource granted. It is short since
/// Terraform writes the whole state for each user anew.
const GRANTED: &str = "granted";
/// Where earlier versions of the provider kept them.
const GRANTED_BEFORE: &str = "granted_replication_privilege";

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
    let live = PrivilegeSources::from_snapshot(snapshot, name);
    let declared = state.replication_privilege.known().map(String::as_str);
    let holds = declared
        .and_then(|text| text.parse::<ReplicationPrivilege>().ok())
        // That there was none declares nothing: some may have come since.
        .filter(|declared| *declared != ReplicationPrivilege::None)
        .is_some_and(|declared| declared.sources(snapshot).without(live).is_none());
    match declared {
        Some(declared) if holds => declared.to_owned(),
        _ => live.as_str().to_owned(),
    }
}

/// The sources of the right that this resource answers for after a change, and takes back one day.
///
/// With `auto` a right that was there already is somebody else's, unless it was found together with a
/// membership in `rds_iam` that is adopted: a run that was interrupted granted both at once.
pub(super) fn managed_sources(
    prior: Option<&Model>,
    planned: &Model,
    outcome: &Outcome,
    before: PrivilegeSources,
) -> PrivilegeSources {
    let is_declared_anew =
        prior.is_none_or(|prior| prior.replication_privilege != planned.replication_privilege);
    let found = match privilege(planned) {
        // Changes are ignored, also those of what it answers for.
        ReplicationPrivilege::None => return before,
        ReplicationPrivilege::Auto if !adopts_rds_iam(prior, outcome) => {
            PrivilegeSources::default()
        }
        ReplicationPrivilege::Auto => outcome.found,
        _ if is_declared_anew => outcome.found,
        _ => PrivilegeSources::default(),
    };
    before.and(outcome.found).or(outcome.granted).or(found)
}

/// Whether a membership in `rds_iam` was found that the state before did not have.
pub(super) fn adopts_rds_iam(prior: Option<&Model>, outcome: &Outcome) -> bool {
    outcome.rds_iam_found && !prior.is_some_and(|prior| is_true(&prior.rds_iam))
}

/// The sources of the right that an import adopts: those that `auto` stands for, of a user who is in
/// `rds_iam`.
pub(super) fn adopted_by_import(snapshot: &Snapshot, name: &str) -> PrivilegeSources {
    if snapshot.direct(name, RDS_IAM).is_empty() {
        return PrivilegeSources::default();
    }
    let declared = ReplicationPrivilege::Auto.sources(snapshot);
    declared.and(PrivilegeSources::from_snapshot(snapshot, name))
}

/// The sources that were granted here, from the private data.
pub(super) fn stored_granted(private: &Private) -> PrivilegeSources {
    private
        .get(GRANTED)
        .or_else(|| private.get(GRANTED_BEFORE))
        .unwrap_or_default()
}

/// Keeps in the private data which sources were granted here.
pub(super) fn store_granted(
    private: &mut Private,
    sources: PrivilegeSources,
    diagnostics: &mut Diagnostics,
) {
    private.remove(GRANTED_BEFORE);
    if let Err(error) = private.set(GRANTED, &sources) {
        diagnostics.push(Diagnostic::warning(
            "Granted Privilege Not Recorded",
            format!("A destroy will not take back the right to replicate: {error}."),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn granted_sources_of_earlier_versions_are_read_and_replaced() {
        let earlier = br#"{"granted_replication_privilege":{"membership":true,"attribute":false}}"#;
        let mut private = Private::from_bytes(earlier).expect("what was written");
        let sources = stored_granted(&private);
        assert_eq!(sources.as_str(), "rds_replication");
        store_granted(&mut private, sources, &mut Diagnostics::new());
        assert_eq!(private.to_bytes(), br#"{"granted":"rds_replication"}"#);
        assert_eq!(stored_granted(&private), sources);
    }
}
