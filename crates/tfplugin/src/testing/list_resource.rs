//! Listing the objects of a resource under test.

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::{TestProvider, provider};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    framework::ListQuery,
    list_resource::ListItem,
    list_sink::EncodedListItem,
    provider::Provider,
    value::{Encoded, Value},
};

/// How objects are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOptions {
    /// Whether the states are wanted, and not the identities alone.
    pub include_resource: bool,
    /// How many objects are wanted at most; `None` is all.
    pub limit: Option<u32>,
}

/// What was listed.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The objects, in the order in which they were found.
    pub objects: Vec<ListItem<Value, Value>>,
    /// Messages that concern no object in particular.
    pub diagnostics: Diagnostics,
}

impl<P: Provider> TestProvider<P> {
    /// Validates the configuration of a listing and, without errors, lists. As Terraform does, it
    /// listens no more after an error or at the limit.
    pub async fn list(&self, type_name: &str, config: Json, options: ListOptions) -> Listing {
        let failed = |diagnostics| Listing {
            objects: Vec::new(),
            diagnostics,
        };
        let Some(schema) = self.schema.list_resources.get(type_name) else {
            return failed(provider::unknown_type("list resource", type_name).into());
        };
        let config = match provider::literal(schema, &config) {
            Ok(config) => provider::encode(&config, &schema.r#type()),
            Err(error) => return failed(error.into()),
        };
        let null = Encoded::null;
        let mut diagnostics = self
            .server
            .validate_list_resource_config(&self.context, type_name, config.clone(), null(), null())
            .await;
        if diagnostics.has_errors() {
            return failed(diagnostics);
        }
        let query = ListQuery {
            type_name: type_name.to_owned(),
            config,
            include_resource: options.include_resource,
            limit: options.limit.unwrap_or_default().into(),
        };
        let (sender, mut receiver) = mpsc::channel(1);
        let listing = self.server.list_resources(&self.context, query, sender);
        let listening = async {
            let mut objects = Vec::new();
            let mut messages = Diagnostics::new();
            while let Some(event) = receiver.recv().await {
                let is_error = event.diagnostics.has_errors();
                match self.item(type_name, event) {
                    Ok(object) => objects.push(object),
                    Err(errors) => messages.extend(errors),
                }
                if is_error {
                    break;
                }
            }
            drop(receiver);
            (objects, messages)
        };
        let (ended, (objects, messages)) = tokio::join!(listing, listening);
        diagnostics.extend(messages);
        diagnostics.extend(ended);
        Listing {
            objects,
            diagnostics,
        }
    }

    /// The object in an event, or its messages when there is none.
    fn item(
        &self,
        type_name: &str,
        event: EncodedListItem,
    ) -> Result<ListItem<Value, Value>, Diagnostics> {
        let Some(identity) = self.identity(type_name, event.identity.as_ref())? else {
            if event.diagnostics.is_empty() {
                return Err(Diagnostic::error(
                    "Bug in the Provider",
                    "An event of a listing has neither an identity nor a message.",
                )
                .into());
            }
            return Err(event.diagnostics);
        };
        let r#type = self.resource_schema(type_name)?.r#type();
        Ok(ListItem {
            identity,
            display_name: event.display_name,
            resource: event
                .resource
                .map(|state| provider::decode(&state, &r#type))
                .transpose()?,
            diagnostics: event.diagnostics,
        })
    }
}
