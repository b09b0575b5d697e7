//! Taking over the state of cyrilgdn/postgresql: `postgresql_replication_slot`.
//!
//! A move touches nothing and knows no cluster: the id is left for the next read or update.

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, MoveState,
    move_state::{MoveRequest, MoveSource, Moved},
};

use super::{Model, ReplicationSlot};
use crate::{
    postgres::replication_slot::check_slot_name, provider::Configured, resources::moved_from,
};

const SLOT: &str = "postgresql_replication_slot";

/// The state of a `postgresql_replication_slot`, as far as it matters here.
#[derive(Deserialize)]
struct Source {
    name: String,
    #[serde(default)]
    database: Option<String>,
    plugin: String,
}

#[async_trait]
impl MoveState<Configured> for ReplicationSlot {
    fn move_sources(&self) -> Vec<MoveSource> {
        moved_from::PROVIDERS
            .map(|provider| MoveSource::new(provider, SLOT))
            .into()
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Model>, Diagnostics> {
        let source: Source = serde_json::from_value(request.state).map_err(|error| {
            refusal(format!("The state of the {SLOT} cannot be read: {error}."))
        })?;
        check_slot_name(&source.name).map_err(|reason| {
            refusal(format!(
                "The name {:?} of the {SLOT} {reason}.",
                source.name
            ))
        })?;
        let mut state = Model::named(source.name);
        state.database = source.database.into();
        state.plugin = source.plugin.into();
        Ok(Moved::new(state))
    }
}

fn refusal(detail: String) -> Diagnostic {
    Diagnostic::error("Move To Replication Slot", detail)
}
