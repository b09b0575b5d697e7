//! What Terraform or OpenTofu would refuse of what a provider offers, beyond its schemas.

use std::collections::BTreeMap;

use super::ProviderSchema;
use crate::schema::Schema;

impl ProviderSchema {
    /// One sentence each, about ephemeral resources, functions, moves, and what must not be
    /// write-only.
    pub(super) fn ability_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, schema) in &self.ephemeral_resources {
            let subject = format!("the ephemeral resource {name}");
            add(&mut problems, &subject, schema.problems());
        }
        let provider = ("the provider".to_owned(), &self.provider);
        let passing = std::iter::once(provider)
            .chain(all("data source", &self.data_sources))
            .chain(all("ephemeral resource", &self.ephemeral_resources));
        for (subject, schema) in passing {
            add(&mut problems, &subject, schema.write_only_problems());
        }
        for (name, signature) in &self.functions {
            let subject = format!("the function {name}");
            add(&mut problems, &subject, signature.problems(name));
        }
        for name in self.move_sources.keys() {
            if !self.resources.contains_key(name) {
                problems.push(format!(
                    "the resource {name}: it takes over states and is not registered"
                ));
            }
        }
        problems
    }
}

fn all<'a>(
    kind: &'static str,
    schemas: &'a BTreeMap<String, Schema>,
) -> impl Iterator<Item = (String, &'a Schema)> {
    schemas
        .iter()
        .map(move |(name, schema)| (format!("the {kind} {name}"), schema))
}

fn add(problems: &mut Vec<String>, subject: &str, found: Vec<String>) {
    problems.extend(
        found
            .into_iter()
            .map(|problem| format!("{subject}: {problem}")),
    );
}
