//! Identities, still encoded.

use super::encoded;
use crate::{proto::tfplugin6 as proto, value::Encoded};

/// An encoded identity; `None` when there is none.
pub(crate) fn identity(identity: Option<proto::ResourceIdentityData>) -> Option<Encoded> {
    let data = identity?.identity_data?;
    Some(encoded(Some(data))).filter(|identity| !identity.is_null())
}
