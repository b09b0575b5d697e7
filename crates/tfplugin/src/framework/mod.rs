//! The behaviour behind each call of the protocol, in types of its own: nothing here knows how
//! calls travel.

mod action;
mod apply;
mod check;
mod configure;
mod data_source;
mod ephemeral_resource;
pub(crate) mod erased;
mod function;
mod generate_config;
mod identity;
mod import;
mod list_resource;
mod move_state;
pub(crate) mod normalize;
mod plan;
mod problems;
mod read;
mod schema_plan;
mod server;
mod upgrade;
mod upgrade_identity;
mod validate;

use std::collections::BTreeMap;

pub(crate) use list_resource::ListQuery;
pub(crate) use move_state::MoveChange;
pub(crate) use server::Server;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    function::Signature,
    move_state::MoveSource,
    path::AttributePath,
    schema::{IdentitySchema, Schema},
    value::Encoded,
};

/// Everything that a provider offers, with its schema.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderSchema {
    /// The schema of the provider block.
    pub provider: Schema,
    /// The managed resources by type name.
    pub resources: BTreeMap<String, Schema>,
    /// The data sources by type name.
    pub data_sources: BTreeMap<String, Schema>,
    /// The functions by name.
    pub functions: BTreeMap<String, Signature>,

    /// The ephemeral resources by type name.
    pub ephemeral_resources: BTreeMap<String, Schema>,
    /// The types whose states are taken over, by the type name of the resource that does so.
    pub move_sources: BTreeMap<String, Vec<MoveSource>>,
    /// The identities of managed resources, by the resource's type name.
    pub identities: BTreeMap<String, IdentitySchema>,
    /// The list resources by the type name of what they list.
    pub list_resources: BTreeMap<String, Schema>,
    /// The actions by type name.
    pub actions: BTreeMap<String, Schema>,
}

impl ProviderSchema {
    /// What a provider offers; nothing is configured or contacted.
    pub fn of<P: crate::Provider>(provider: P) -> Self {
        Server::new(provider).schema()
    }

    /// What Terraform or OpenTofu would refuse, one sentence each; empty when all is well.
    pub fn problems(&self) -> Vec<String> {
        let provider = ("the provider".to_owned(), &self.provider);
        let resources = self
            .resources
            .iter()
            .map(|(name, schema)| (format!("the resource {name}"), schema));
        let data_sources = self
            .data_sources
            .iter()
            .map(|(name, schema)| (format!("the data source {name}"), schema));
        std::iter::once(provider)
            .chain(resources)
            .chain(data_sources)
            .flat_map(|(subject, schema)| {
                schema
                    .problems()
                    .into_iter()
                    .map(move |problem| format!("{subject}: {problem}"))
            })
            .chain(self.ability_problems())
            .chain(self.identity_problems())
            .chain(self.configuration_problems())
            .collect()
    }

    fn identity_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, schema) in &self.identities {
            let subject = format!("the identity of {name}");
            if !self.resources.contains_key(name) {
                problems.push(format!("{subject}: there is no such resource"));
            }
            for problem in schema.problems() {
                problems.push(format!("{subject}: {problem}"));
            }
        }
        for name in self.list_resources.keys() {
            if !self.resources.contains_key(name) || !self.identities.contains_key(name) {
                problems.push(format!(
                    "the list resource {name}: there is no resource of that name with an identity"
                ));
            }
        }
        problems
    }

    /// Of what has a configuration and no state.
    fn configuration_problems(&self) -> Vec<String> {
        let lists = self
            .list_resources
            .iter()
            .map(|(name, schema)| (format!("the list resource {name}"), schema));
        let actions = self
            .actions
            .iter()
            .map(|(name, schema)| (format!("the action {name}"), schema));
        lists
            .chain(actions)
            .flat_map(|(subject, schema)| {
                schema
                    .configuration_problems()
                    .into_iter()
                    .map(move |problem| format!("{subject}: {problem}"))
            })
            .collect()
    }
}

/// An upgraded state.
#[derive(Debug)]
pub(crate) struct UpgradeResult {
    /// The state in the current schema; `None` with an error.
    pub(crate) state: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// What a change is planned from.
#[derive(Debug)]
pub(crate) struct PlanChange {
    pub(crate) type_name: String,
    pub(crate) prior_state: Encoded,
    pub(crate) proposed_new_state: Encoded,
    pub(crate) config: Encoded,
    pub(crate) prior_private: Vec<u8>,
    /// `None` when there is no identity yet.
    pub(crate) prior_identity: Option<Encoded>,
}

/// A planned change.
#[derive(Clone, Debug)]
pub(crate) struct PlanResult {
    /// The planned state; `None` with an error.
    pub(crate) planned_state: Option<Encoded>,
    /// Without duplicates, sorted.
    pub(crate) requires_replace: Vec<AttributePath>,
    pub(crate) planned_private: Vec<u8>,
    /// `None` when the resource has no identity, or it cannot be told yet.
    pub(crate) planned_identity: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// What is applied.
#[derive(Debug)]
pub(crate) struct ApplyChange {
    pub(crate) type_name: String,
    pub(crate) prior_state: Encoded,
    pub(crate) planned_state: Encoded,
    pub(crate) config: Encoded,
    pub(crate) planned_private: Vec<u8>,
    /// `None` when there is no identity yet.
    pub(crate) planned_identity: Option<Encoded>,
}

/// A state that was read or is there after a change.
#[derive(Debug)]
pub(crate) struct StateResult {
    /// The state; the encoding of null when the object is not there, `None` when nothing is known.
    pub(crate) state: Option<Encoded>,
    pub(crate) private: Vec<u8>,
    /// `None` when the resource has no identity, or the object is not there.
    pub(crate) identity: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// An upgraded identity.
#[derive(Debug)]
pub(crate) struct IdentityResult {
    /// The identity in the current schema; `None` with an error.
    pub(crate) identity: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// An imported object.
#[derive(Debug)]
pub(crate) struct ImportResult {
    /// The stub of a state and its private data; `None` with an error.
    pub(crate) imported: Option<(Encoded, Vec<u8>)>,
    /// The identity that it was imported by, as far as it is known by now; an object that was
    /// imported by an id gets its identity from the read.
    pub(crate) identity: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// The error for what only a mistake in the provider's code can cause.
fn bug(detail: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        "Bug in the Provider",
        format!("{detail}\n\nThis is always a mistake in the provider; please report it."),
    )
}
