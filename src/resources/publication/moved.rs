//! Taking over the state of cyrilgdn/postgresql: `postgresql_publication`.
//!
//! A move touches nothing and knows no cluster: the id is left for the next read or update.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, MoveState,
    move_state::{MoveRequest, MoveSource, Moved},
};

use super::{Model, Publication, model::TableModel};
use crate::{postgres::TableName, provider::Configured, resources::moved_from};

const PUBLICATION: &str = "postgresql_publication";

/// The state of a `postgresql_publication`, as far as it matters here.
#[derive(Deserialize)]
struct Source {
    name: String,
    #[serde(default)]
    database: Option<String>,
    #[serde(default)]
    tables: Option<Vec<String>>,
    #[serde(default)]
    all_tables: Option<bool>,
    #[serde(default)]
    publish_param: Option<Vec<String>>,
    #[serde(default)]
    publish_via_partition_root_param: Option<bool>,
}

#[async_trait]
impl MoveState<Configured> for Publication {
    fn move_sources(&self) -> Vec<MoveSource> {
        moved_from::PROVIDERS
            .map(|provider| MoveSource::new(provider, PUBLICATION))
            .into()
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Model>, Diagnostics> {
        let source: Source = serde_json::from_value(request.state).map_err(|error| {
            refusal(format!(
                "The state of the {PUBLICATION} cannot be read: {error}."
            ))
        })?;
        Ok(Moved::new(source.into_state()?))
    }
}

impl Source {
    /// The state. What the server has, the next read finds out.
    fn into_state(self) -> Result<Model, Diagnostic> {
        let mut tables = BTreeMap::new();
        for text in self.tables.iter().flatten() {
            // There the names are written without quotes, and some had more than a name smuggled in.
            let name = TableName::parse(text).ok();
            let name = name.filter(|name| !name.name.contains('(')).ok_or_else(|| {
                refusal(format!(
                    "The publication {:?} lists {text:?}, of which it cannot be told what the schema is and what the \
                     table. Take it out of the state with a `removed` block, and import it: \
                     `TARGET/DATABASE/{}`.",
                    self.name, self.name
                ))
            })?;
            tables.insert(name.to_string(), TableModel::default());
        }
        let publish = self
            .publish_param
            .filter(|operations| !operations.is_empty());
        let mut state = Model::named(self.name);
        state.database = self.database.into();
        if !tables.is_empty() {
            state.tables = tables.into();
        }
        state.all_tables = self.all_tables.unwrap_or(false).into();
        if let Some(publish) = publish {
            let publish: BTreeSet<String> = publish.into_iter().collect();
            state.publish = publish.into();
        }
        let via_root = self.publish_via_partition_root_param.unwrap_or(false);
        state.publish_via_partition_root = via_root.into();
        Ok(state)
    }
}

fn refusal(detail: String) -> Diagnostic {
    Diagnostic::error("Move To Publication", detail)
}
