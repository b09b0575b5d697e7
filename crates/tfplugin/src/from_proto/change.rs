//! Changes of a resource, planned or to be applied.

use super::{encoded, identity};
use crate::{
    framework::{ApplyChange, PlanChange},
    proto::tfplugin6::{apply_resource_change, plan_resource_change},
};

/// A change to plan.
pub(crate) fn plan_change(request: plan_resource_change::Request) -> PlanChange {
    PlanChange {
        type_name: request.type_name,
        prior_state: encoded(request.prior_state),
        proposed_new_state: encoded(request.proposed_new_state),
        config: encoded(request.config),
        prior_private: request.prior_private,
        prior_identity: identity(request.prior_identity),
    }
}

/// A change to apply.
pub(crate) fn apply_change(request: apply_resource_change::Request) -> ApplyChange {
    ApplyChange {
        type_name: request.type_name,
        prior_state: encoded(request.prior_state),
        planned_state: encoded(request.planned_state),
        config: encoded(request.config),
        planned_private: request.planned_private,
        planned_identity: identity(request.planned_identity),
    }
}
