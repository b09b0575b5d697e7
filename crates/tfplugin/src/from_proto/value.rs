//! Values, still encoded: only the framework knows the schema to decode them with.

use crate::{
    proto::tfplugin6 as proto,
    value::{Encoded, RawState},
};

/// An encoded value; an absent one is null.
pub(crate) fn encoded(value: Option<proto::DynamicValue>) -> Encoded {
    let value = value.unwrap_or_default();
    Encoded {
        msgpack: value.msgpack,
        json: value.json,
    }
}

/// A stored state. Terraform before 0.12 wrote flat maps, which no resource here can have.
pub(crate) fn raw_state(state: Option<proto::RawState>) -> RawState {
    let state = state.unwrap_or_default();
    if state.json.is_empty() && !state.flatmap.is_empty() {
        RawState::Flatmap
    } else {
        RawState::Json(state.json)
    }
}
