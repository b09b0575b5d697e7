//! Listing the objects of a resource.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{ListedResource, Server, apply, identity, server, shape, validate};
use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    list_resource::ListRequest,
    provider::Provider,
    value::{Encoded, Type, Value, null_unknowns},
};

/// An object as a list resource found it.
#[derive(Debug)]
pub(crate) struct ListedObject {
    /// `None` when there are messages only.
    pub(crate) identity: Option<Value>,
    pub(crate) display_name: String,
    pub(crate) resource: Option<Value>,
    pub(crate) diagnostics: Diagnostics,
}

impl From<Diagnostics> for ListedObject {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            identity: None,
            display_name: String::new(),
            resource: None,
            diagnostics,
        }
    }
}

/// A listing under way: where what it finds goes, and how much more of it is wanted.
pub(crate) struct Listing {
    found: mpsc::Sender<ListedObject>,
    /// `None`: all that there is.
    left: Option<u64>,
    /// Cancelled once nobody wants more.
    enough: CancellationToken,
}

impl Listing {
    /// Does not return once nobody wants more.
    pub(crate) async fn send(&mut self, object: ListedObject) {
        if let (Some(left), true) = (&mut self.left, object.identity.is_some()) {
            *left = left.saturating_sub(1);
        }
        let is_wanted = self.found.send(object).await.is_ok();
        if !is_wanted || self.left == Some(0) {
            self.enough.cancel();
            std::future::pending().await
        }
    }
}

/// What is listed.
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
            Ok(Value::Null) => shape::empty(body),
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
        results: mpsc::Sender<ListedResource>,
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
        results: mpsc::Sender<ListedResource>,
    ) -> Result<(), Diagnostics> {
        let type_name = query.type_name.as_str();
        let resource = self.list_resource(type_name)?;
        let body = &resource.schema().body;
        let config = match server::decode(&query.config, resource.object_type(), "Configuration")? {
            Value::Null => shape::empty(body),
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
        // One at a time: a listing is never more than a step ahead of who reads it.
        let (found, mut objects) = mpsc::channel(1);
        let mut listing = Listing {
            found,
            left: request.limit,
            enough: enough.clone(),
        };
        let searching = async {
            let searched = tokio::select! {
                searched = resource.list(context, &configured, request, &mut listing) => searched,
                () = enough.cancelled() => Ok(()),
                () = context.cancellation().cancelled() => {
                    let detail = format!("The listing of {type_name} was interrupted.");
                    Err(Diagnostic::error("Listing Interrupted", detail).into())
                }
            };
            drop(listing);
            searched
        };
        let sending = async {
            while let Some(object) = objects.recv().await {
                let listed = self.listed(type_name, object, query.include_resource);
                if results.send(listed).await.is_err() {
                    enough.cancel();
                    break;
                }
            }
        };
        tokio::join!(searching, sending).0
    }

    /// The object as it is sent, held against what Terraform wants of it.
    fn listed(
        &self,
        type_name: &str,
        object: ListedObject,
        include_resource: bool,
    ) -> ListedResource {
        let mut listed = ListedResource {
            identity: None,
            display_name: object.display_name,
            resource: None,
            diagnostics: object.diagnostics,
        };
        let (Some(identity), Some(of_identity), Some(of_resource)) = (
            object.identity,
            self.registry.identities.get(type_name),
            self.registry.resources.get(type_name),
        ) else {
            return listed;
        };
        let leftovers = identity::leftovers(&**of_identity, &identity);
        let is_whole = leftovers.is_empty();
        listed.diagnostics.extend(leftovers);
        if is_whole {
            match server::encode(&identity, of_identity.object_type()) {
                Ok(identity) => listed.identity = Some(identity),
                Err(errors) => listed.diagnostics.extend(errors),
            }
        }
        match object.resource.filter(|_| include_resource) {
            Some(mut state) => {
                listed.diagnostics.extend(apply::leftovers(&state));
                null_unknowns(&mut state);
                match server::encode(&state, of_resource.object_type()) {
                    Ok(state) => listed.resource = Some(state),
                    Err(errors) => listed.diagnostics.extend(errors),
                }
            }
            None if include_resource => {
                let detail = format!(
                    "The state of the {type_name} {:?} was asked for, and the provider found its \
                     identity only.",
                    listed.display_name
                );
                let warning = Diagnostic::warning("State Not Listed", detail);
                listed.diagnostics.push(warning);
            }
            None => {}
        }
        listed
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
