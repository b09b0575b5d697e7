//! What the private data keeps of a grant: what was given here, and what of places is managed.

use serde::{Deserialize, Serialize};
use tfplugin::Private;

use super::{Model, model::is_true};
use crate::postgres::{publication_grant::Ours, snapshot::Oid};

/// Where the private data keeps what was given here.
const OURS: &str = "granted";
/// Where it keeps the object id of the role.
const ROLE: &str = "role";
/// Where it keeps what is managed.
const MANAGED: &str = "managed";

/// Whether the rights to connect and to use schemas are managed: a state that says `false` may do so because somebody
/// revoked them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Managed {
    pub(super) connect: bool,
    pub(super) usage: bool,
}

/// Which role that is, as it was last seen; `None` where none is recorded yet.
pub(super) fn role(private: &Private) -> Option<Oid> {
    private.get(ROLE)
}

/// Records which role it is.
pub(super) fn record_role(private: &mut Private, role: Oid) {
    // A number always has a JSON form.
    let _ = private.set(ROLE, &role);
}

/// What is known of what was given here.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// That it is this.
    Recorded(Ours),
    /// Nothing yet: it was imported or moved here, and all that is there is taken over.
    TakenOver,
    /// No more than the state says: the provider was killed in an update, and Terraform has kept that without private data.
    Lost,
}

impl Known {
    /// What is known. `is_new` says whether it was imported or moved here, and not read yet.
    pub(super) fn of(private: &Private, is_new: bool) -> Self {
        match private.get(OURS) {
            Some(ours) => Self::Recorded(ours),
            None if is_new => Self::TakenOver,
            None => Self::Lost,
        }
    }
}

/// What was given here, as far as that is recorded.
pub(super) fn recorded(private: &Private) -> Ours {
    private.get(OURS).unwrap_or_default()
}

/// Records what was given here.
pub(super) fn record(private: &mut Private, ours: &Ours) {
    // Numbers and names always have a JSON form.
    let _ = private.set(OURS, ours);
}

impl Managed {
    /// What is managed, as far as it is recorded.
    pub(super) fn recorded(private: &Private) -> Self {
        private.get(MANAGED).unwrap_or(Self {
            connect: true,
            usage: true,
        })
    }

    /// Records what is managed from now on.
    pub(super) fn record(private: &mut Private, planned: &Model) {
        let managed = Self {
            connect: is_true(&planned.connect),
            usage: is_true(&planned.usage),
        };
        // Two booleans always have a JSON form.
        let _ = private.set(MANAGED, &managed);
    }
}
