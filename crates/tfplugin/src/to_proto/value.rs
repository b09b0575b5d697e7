//! Values, encoded by the framework.

use crate::{proto::tfplugin6 as proto, value::Encoded};

/// An encoded value.
pub(crate) fn dynamic_value(value: Encoded) -> proto::DynamicValue {
    proto::DynamicValue {
        msgpack: value.msgpack,
        json: value.json,
    }
}
