//! Listing the objects of a resource.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Server, apply, bug, identity, normalize, server, validate};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    list_resource::ListRequest,
    list_sink::{EncodedListItem, ErasedListItem, ListSink},
    provider::Provider,
    value::{Encoded, Type, Value, null_unknowns},
};

/// What is encoded.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) type_name: String,
    pub(crate) config: Encoded,
    pub(crate) include_resource: bool,
    /// No limit when it is not positive.
    pub(crate) limit: i64,
}

impl<P: Provider> Server<P> {
    /// Checks the configuration of a listing.
    pub(crate) async fn validate_list_resource_config(
        &self,
        context: &Context,
        type_name: &str,
        config: Encoded,
        include_resource: Encoded,
        limit: Encoded,
    ) -> Diagnostics {
        let resource = match self.list_resource(type_name) {
            Ok(resource) => resource,
            Err(error) => return error.into(),
        };
        let body = &resource.schema().body;
        let config = match server::decode(&config, resource.object_type(), "Configuration") {
            Ok(Value::Null) => normalize::empty(body),
            Ok(config) => config,
            Err(errors) => return errors,
        };
        let mut diagnostics = options(&include_resource, &limit);
        diagnostics.extend(validate::body(body, &config, true));
        if !diagnostics.has_errors() && matches!(config, Value::Object(_)) {
            diagnostics.extend(resource.validate(context, config).await);
        }
        diagnostics
    }

    /// Lists the objects of a resource; each goes to `results` as it is found. The listing is over
    /// with its last object, at the limit, at a request to stop, and when nobody listens.
    pub(crate) async fn list_resources(
        &self,
        context: &Context,
        query: ListQuery,
        results: mpsc::Sender<EncodedListItem>,
    ) -> Diagnostics {
        match self.list(context, query, results).await {
            Ok(()) => Diagnostics::new(),
            Err(errors) => errors,
        }
    }

    async fn list(
        &self,
        context: &Context,
        query: ListQuery,
        results: mpsc::Sender<EncodedListItem>,
    ) -> Result<(), Diagnostics> {
        let type_name = query.type_name.as_str();
        let resource = self.list_resource(type_name)?;
        let body = &resource.schema().body;
        let config = match server::decode(&query.config, resource.object_type(), "Configuration")? {
            Value::Null => normalize::empty(body),
            config => config,
        };
        if !config.is_wholly_known() {
            let detail = format!(
                "The objects of {type_name} can be listed only when the whole configuration of \
                 the listing is known."
            );
            return Err(Diagnostic::error("Configuration Not Known", detail).into());
        }
        let configured = self.configured()?;
        let request = ListRequest {
            config,
            include_resource: query.include_resource,
            limit: u64::try_from(query.limit).ok().filter(|limit| *limit > 0),
        };
        let enough = CancellationToken::new();
        let check = self.check_item(type_name, query.include_resource)?;
        let mut sink = ListSink::new(check, results, request.limit, enough.clone());
        tokio::select! {
            searched = resource.list(context, &configured, request, &mut sink) => searched,
            () = enough.cancelled() => Ok(()),
            () = context.cancellation().cancelled() => {
                let detail = format!("The listing of {type_name} was interrupted.");
                Err(Diagnostic::error("Listing Interrupted", detail).into())
            }
        }
    }

    /// What makes of an item the one that is sent, held against what Terraform wants of it.
    fn check_item(
        &self,
        type_name: &str,
        include_resource: bool,
    ) -> Result<Box<dyn Fn(ErasedListItem) -> EncodedListItem + Send + Sync>, Diagnostics> {
        let r#type = self.resource(type_name)?.object_type().clone();
        let identity = self
            .registry
            .identities
            .get(type_name)
            .cloned()
            .ok_or_else(|| bug(format!("{type_name} is listed and has no identity.")))?;
        let type_name = type_name.to_owned();
        Ok(Box::new(move |item| {
            let mut encoded = EncodedListItem {
                identity: None,
                display_name: item.display_name,
                resource: None,
                diagnostics: item.diagnostics,
            };
            let Some(of_object) = item.identity else {
                return encoded;
            };
            let mut errors = identity::incomplete_attributes(&*identity, &of_object);
            if errors.is_empty() {
                match server::encode(&of_object, identity.object_type()) {
                    Ok(identity) => encoded.identity = Some(identity),
                    Err(found) => errors.extend(found),
                }
            }
            match item.resource.filter(|_| include_resource) {
                Some(mut state) => {
                    errors.extend(apply::not_wholly_known(&state));
                    null_unknowns(&mut state);
                    match server::encode(&state, &r#type) {
                        Ok(state) => encoded.resource = Some(state),
                        Err(found) => errors.extend(found),
                    }
                }
                None if include_resource => {
                    let detail = format!(
                        "The state of the {type_name} {:?} was asked for, and the provider found \
                         its identity only.",
                        encoded.display_name
                    );
                    errors.push(Diagnostic::warning("State Not Listed", detail));
                }
                None => {}
            }
            encoded.diagnostics.extend(errors);
            encoded
        }))
    }
}

/// Checks what is beside the configuration of a listing; most clients send nothing.
fn options(include_resource: &Encoded, limit: &Encoded) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if let Err(error) = include_resource.decode(&Type::Bool) {
        diagnostics.push(
            error
                .in_attribute("include_resource")
                .into_diagnostic("Cannot Read the Configuration"),
        );
    }
    match limit.decode(&Type::Number) {
        Ok(Value::Number(number)) if number.as_i64().is_none_or(|limit| limit < 1) => {
            let detail = "The limit of a listing must be a whole number of at least 1.";
            diagnostics.push(Diagnostic::error("Invalid Limit", detail).at("limit"));
        }
        Ok(_) => {}
        Err(error) => diagnostics.push(
            error
                .in_attribute("limit")
                .into_diagnostic("Cannot Read the Configuration"),
        ),
    }
    diagnostics
}
