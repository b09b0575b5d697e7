//! What was seen of a slot at the last look, kept beside the state. Slots have no object id, owner or time of creation:
//! this is what tells one from another that was made under its name. It adds to messages, and is never a value.

use serde::{Deserialize, Serialize};
use tfplugin::Private;

use crate::{
    aws::rds::publisher::Publisher,
    postgres::{
        Lsn,
        replication_slot::{Decoded, Slot},
    },
};

/// Where the private data keeps it.
const KEY: &str = "slot";

/// What was seen of a slot and of its server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// `server_version_num`, such as 170010.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u32>,
    /// What AWS calls the cluster or instance, whatever its name is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resource_id: Option<String>,
    /// Where the server was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) server_lsn: Option<Lsn>,
    /// What the consumer had confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirmed_flush_lsn: Option<Lsn>,
    /// What had been decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) decoded: Option<Decoded>,
}

impl Evidence {
    /// What the private data has; `None` where nothing was seen yet.
    pub(super) fn recorded(private: &Private) -> Option<Self> {
        private.get(KEY)
    }

    /// What is seen of a server now: its `server_version_num`, and the cluster or instance.
    pub(super) fn server(version: u32, publisher: Option<&Publisher>) -> Self {
        Self {
            version: Some(version),
            resource_id: publisher.map(|publisher| publisher.resource_id.clone()),
            ..Self::default()
        }
    }

    /// The same with what is seen of the slot.
    pub(super) fn with(self, slot: &Slot) -> Self {
        Self {
            server_lsn: slot.server_lsn,
            confirmed_flush_lsn: slot.confirmed_flush_lsn,
            decoded: slot.decoded.clone(),
            ..self
        }
    }

    /// Keeps it in the private data.
    pub(super) fn record(&self, private: &mut Private) {
        // Numbers and texts always have a JSON form.
        let _ = private.set(KEY, self);
    }
}
