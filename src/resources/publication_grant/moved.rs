//! Taking over the state of cyrilgdn/postgresql: `postgresql_grant` of SELECT on tables.
//!
//! A move touches nothing and knows no cluster: the id, and what of the tables is published, are left for the next read or
//! update.

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, MoveState,
    move_state::{MoveRequest, MoveSource, Moved},
};

use super::{Model, PublicationGrant};
use crate::{provider::Configured, resources::moved_from};

const GRANT: &str = "postgresql_grant";

/// The state of a `postgresql_grant`, as far as it matters here.
#[derive(Deserialize)]
struct Source {
    role: String,
    #[serde(default)]
    database: Option<String>,
    #[serde(default)]
    object_type: Option<String>,
    #[serde(default)]
    columns: Option<Vec<String>>,
    #[serde(default)]
    privileges: Option<Vec<String>>,
    #[serde(default)]
    with_grant_option: Option<bool>,
}

#[async_trait]
impl MoveState<Configured> for PublicationGrant {
    fn move_sources(&self) -> Vec<MoveSource> {
        moved_from::PROVIDERS
            .map(|provider| MoveSource::new(provider, GRANT))
            .into()
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Model>, Diagnostics> {
        let source: Source = serde_json::from_value(request.state).map_err(|error| {
            refusal(&format!(
                "The state of the {GRANT} cannot be read: {error}."
            ))
        })?;
        Ok(Moved::new(source.into_state()?))
    }
}

impl Source {
    /// The state. Of which publications it is, and what they publish, the next read finds out.
    fn into_state(self) -> Result<Model, Diagnostic> {
        let role = &self.role;
        if let Some(reason) = self.unlike() {
            return Err(refusal(&format!(
                "The {GRANT} of {role:?} {reason}, which a publication grant does not: nobody would look after that any more. \
                 Keep it, or take it out of the state with a `removed` block, and import the grant: \
                 `TARGET/DATABASE/{role}`."
            )));
        }
        let mut state = Model::named(self.role);
        state.database = self.database.into();
        Ok(state)
    }

    /// What it stands for that a publication grant does not.
    fn unlike(&self) -> Option<String> {
        let kind = self.object_type.as_deref().unwrap_or_default();
        let privileges = self.privileges.as_deref().unwrap_or_default();
        let others: Vec<&str> = privileges
            .iter()
            .map(String::as_str)
            .filter(|privilege| !privilege.eq_ignore_ascii_case("SELECT"))
            .collect();
        if matches!(self.role.as_str(), "public" | "none") {
            return Some("grants to everybody".to_owned());
        }
        if kind != "table" {
            return Some(format!("grants on objects of the type {kind:?}"));
        }
        if !others.is_empty() || privileges.is_empty() {
            return Some(match others.is_empty() {
                true => "grants nothing".to_owned(),
                false => format!("grants {}", others.join(", ")),
            });
        }
        if self
            .columns
            .as_ref()
            .is_some_and(|columns| !columns.is_empty())
        {
            return Some("grants on columns that it lists".to_owned());
        }
        (self.with_grant_option == Some(true)).then(|| "grants WITH GRANT OPTION".to_owned())
    }
}

fn refusal(detail: &str) -> Diagnostic {
    Diagnostic::error("Move To Publication Grant", detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moved(more: serde_json::Value) -> Result<Model, Diagnostic> {
        let mut state = json!({
            "role": "cdc", "database": "shop", "schema": "public", "object_type": "table",
            "objects": ["orders"], "columns": [], "privileges": ["SELECT"], "with_grant_option": false,
        });
        let fields = state.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let source: Source = serde_json::from_value(state).expect("a state");
        source.into_state()
    }

    #[test]
    fn grant_of_select_on_tables_is_taken_over_and_its_place_left_to_the_next_read() {
        let state = moved(json!({})).expect("it can be represented");
        assert_eq!(state.role.known().map(String::as_str), Some("cdc"));
        assert_eq!(state.database.known().map(String::as_str), Some("shop"));
        assert!(state.id.is_null() && state.publications.is_null());
    }

    #[test]
    fn grant_that_stands_for_more_is_refused_with_the_reason() {
        for (more, said) in [
            (json!({"object_type": "schema"}), "type \"schema\""),
            (json!({"privileges": ["SELECT", "INSERT"]}), "grants INSERT"),
            (json!({"privileges": []}), "grants nothing"),
            (json!({"columns": ["id"]}), "columns"),
            (json!({"with_grant_option": true}), "GRANT OPTION"),
            (json!({"role": "public"}), "everybody"),
        ] {
            let refusal = moved(more).expect_err("it cannot be represented");
            assert!(refusal.detail.contains(said), "{}", refusal.detail);
        }
    }
}
