//! The configuration, plan and state of a user.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize, Serializer};
use tfplugin::{Field, timeouts::Timeouts};

use crate::secret::Secret;

/// Its configuration, plan and state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    pub(super) id: Field<String>,
    pub(super) cluster_identifier: Field<String>,
    pub(super) db_instance_identifier: Field<String>,
    pub(super) region: Field<String>,
    pub(super) name: Field<String>,
    pub(super) rds_iam: Field<bool>,
    pub(super) replication_privilege: Field<String>,
    pub(super) create_role: Field<bool>,
    #[serde(serialize_with = "write_nothing")]
    pub(super) password_wo: Field<Secret>,
    pub(super) password_wo_version: Field<i64>,
    pub(super) allow_iam_for: Field<BTreeSet<String>>,
    pub(super) allow_without_iam_authentication: Field<bool>,
    pub(super) on_destroy: Field<String>,
    pub(super) force_destroy: Field<bool>,
    pub(super) probe_authentication: Field<bool>,
    pub(super) timeouts: Field<Timeouts>,
}

impl Model {
    /// A state of which only the role is known: the arguments' defaults where the server has no say.
    pub(super) fn with_defaults(name: String) -> Self {
        Self {
            id: Field::Null,
            cluster_identifier: Field::Null,
            db_instance_identifier: Field::Null,
            region: Field::Null,
            name: name.into(),
            rds_iam: Field::Null,
            replication_privilege: "auto".into(),
            create_role: false.into(),
            password_wo: Field::Null,
            password_wo_version: Field::Null,
            allow_iam_for: Field::Null,
            allow_without_iam_authentication: false.into(),
            on_destroy: "revoke".into(),
            force_destroy: false.into(),
            probe_authentication: true.into(),
            timeouts: Field::Null,
        }
    }
}

pub(super) fn is_true(field: &Field<bool>) -> bool {
    field.known() == Some(&true)
}

pub(super) fn is_retained(model: &Model) -> bool {
    model.on_destroy.known().map(String::as_str) == Some("retain")
}

/// A write-only value is in no plan and no state.
fn write_nothing<S: Serializer>(_: &Field<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}
