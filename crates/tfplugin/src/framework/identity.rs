//! Identities beside plans and states, and their upgrade.

use std::collections::BTreeMap;

use super::{Server, bug, erased::ErasedIdentity, server};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    provider::Provider,
    value::{Encoded, Value, null_unknowns},
};

/// The identity to send, and what was wrong with it.
pub(super) type Identified = (Option<Encoded>, Diagnostics);

/// The identity of an object as it was before an operation, read with its schema.
pub(super) struct Identity<'a, C> {
    resource: &'a dyn ErasedIdentity<C>,
    /// As it came, for when nothing can be said.
    before: Option<Encoded>,
    /// Null when there was none.
    value: Value,
}

impl<P: Provider> Server<P> {
    /// Reads the identity that came with a request. `None` when the resource has no identity, or
    /// the client knows none.
    pub(super) fn identity(
        &self,
        type_name: &str,
        before: Option<&Encoded>,
    ) -> Result<Option<Identity<'_, P::Configured>>, Diagnostics> {
        let Some(resource) = self.registry.identities.get(type_name) else {
            return Ok(None);
        };
        if !self.client_knows_identities() {
            return Ok(None);
        }
        let value = match before {
            Some(before) => server::decode(before, resource.object_type(), "Identity")?,
            None => Value::Null,
        };
        Ok(Some(Identity {
            resource: &**resource,
            before: before.filter(|_| !value.is_null()).cloned(),
            value,
        }))
    }

    /// The identity that came with a request, to be sent back because nothing changed. A client
    /// that was told of no identity must be sent none.
    pub(super) fn unchanged_identity(
        &self,
        type_name: &str,
        before: Option<Encoded>,
    ) -> Option<Encoded> {
        let is_known =
            self.registry.identities.contains_key(type_name) && self.client_knows_identities();
        before.filter(|before| is_known && !before.is_null())
    }
}

impl<C> Identity<'_, C> {
    /// The identity in the plan of a create: what follows from the planned state, once all of it is
    /// known. The protocol allows more, but Terraform 1.16 cannot show a plan with an identity that is
    /// known in part, and OpenTofu 1.12 cannot apply it.
    pub(super) fn of_create(&self, provider: &C, planned: &Value) -> Identified {
        match self.resource.of_state(provider, planned.clone()) {
            Ok(identity) if identity.is_wholly_known() => self.encoded(&identity),
            Ok(_) => (None, Diagnostics::new()),
            Err(errors) => (None, errors),
        }
    }

    /// The identity in the plan of an update: the one that the object has. What the plan does not
    /// know is what it was; an object whose state has no identity yet gets none before it is
    /// wholly known.
    pub(super) fn of_update(&self, provider: &C, planned: &Value) -> Identified {
        let mut identity = match self.resource.of_state(provider, planned.clone()) {
            Ok(identity) => identity,
            Err(errors) => return (self.before.clone(), errors),
        };
        self.fill(&mut identity);
        if !identity.is_wholly_known() {
            return (None, Diagnostics::new());
        }
        let changed = self.changes(&identity);
        if changed.has_errors() {
            return (self.before.clone(), changed);
        }
        self.encoded(&identity)
    }

    /// The identity of an object that is being replaced: that of the object before.
    pub(super) fn of_replaced(&self) -> Identified {
        (self.before.clone(), Diagnostics::new())
    }

    /// The identity of an object that stood before, after a read or an update: as [`Self::of_stored`], but
    /// none yet where it is not known. The provider's configuration may not be known, and what wrote the
    /// state may not have known identities.
    pub(super) fn of_standing(&self, provider: &C, state: &Value) -> Identified {
        match self.resource.of_state(provider, state.clone()) {
            Ok(mut identity) => {
                self.fill(&mut identity);
                match identity.is_wholly_known() {
                    true => self.of_stored(provider, state),
                    false => (self.known_before(), Diagnostics::new()),
                }
            }
            Err(errors) => (self.known_before(), errors),
        }
    }

    /// The identity to store with a state. What is unknown or null in the one before may be
    /// anything by now; everything else must be what it was, and is so where it is not told.
    pub(super) fn of_stored(&self, provider: &C, state: &Value) -> Identified {
        let mut identity = match self.resource.of_state(provider, state.clone()) {
            Ok(identity) => identity,
            Err(errors) => return (self.known_before(), errors),
        };
        self.fill(&mut identity);
        let mut diagnostics = self.incomplete_attributes(&identity);
        null_unknowns(&mut identity);
        diagnostics.extend(self.changes(&identity));
        self.keep(&mut identity);
        let (encoded, errors) = self.encoded(&identity);
        diagnostics.extend(errors);
        (encoded, diagnostics)
    }

    /// The identity to store with a state that may be incomplete, after a failure or an import: as
    /// much as can be told, without errors.
    pub(super) fn of_partial(&self, provider: &C, state: &Value) -> Option<Encoded> {
        let Ok(mut identity) = self.resource.of_state(provider, state.clone()) else {
            return self.known_before();
        };
        null_unknowns(&mut identity);
        self.keep(&mut identity);
        self.encoded(&identity).0
    }

    /// The identity before, with null for what was not known.
    pub(super) fn known_before(&self) -> Option<Encoded> {
        if self.value.is_wholly_known() {
            return self.before.clone();
        }
        let mut identity = self.value.clone();
        null_unknowns(&mut identity);
        self.encoded(&identity).0
    }

    /// This identity of an object to import, in the spelling that the object has.
    pub(super) fn canonical(mut self) -> Result<Self, Diagnostics> {
        self.value = self.resource.canonical(self.value)?;
        Ok(self)
    }

    /// Checks what the practitioner gave to import an object.
    pub(super) fn check_import(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for attribute in &self.resource.schema().attributes {
            let name = attribute.name.as_str();
            let value = self.value.get(name).unwrap_or(&Value::Null);
            let (summary, how) = if !value.is_wholly_known() {
                ("Identity Not Known", "is not known yet")
            } else if attribute.required_for_import && value.is_null() {
                (
                    "Missing Identity Attribute",
                    "is required for an import, but its value is null",
                )
            } else {
                continue;
            };
            let detail = format!("The identity attribute {name} {how}.");
            diagnostics.push(Diagnostic::error(summary, detail).at(name));
        }
        diagnostics
    }

    pub(super) fn resource(&self) -> &dyn ErasedIdentity<C> {
        self.resource
    }

    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// An error for each attribute that was known and is another one now.
    fn changes(&self, identity: &Value) -> Diagnostics {
        self.decided()
            .filter_map(|(name, before)| {
                let now = identity.get(name).unwrap_or(&Value::Null);
                (now != before).then(|| changed(name, before, now))
            })
            .collect()
    }

    /// Takes what is not known from the identity before, where there was one.
    fn fill(&self, identity: &mut Value) {
        if self.value.is_null() {
            return;
        }
        for (name, value) in entries(identity) {
            if !value.is_wholly_known() {
                *value = self.value.get(name).cloned().unwrap_or_default();
            }
        }
    }

    /// Puts back what must not change.
    fn keep(&self, identity: &mut Value) {
        let Value::Object(entries) = identity else {
            return;
        };
        entries.extend(
            self.decided()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }

    /// The attributes of the identity before that are known, not null, and must stay what they are.
    fn decided(&self) -> impl Iterator<Item = (&String, &Value)> {
        let entries = match &self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        };
        entries
            .into_iter()
            .flatten()
            .filter(|(_, value)| value.is_wholly_known() && !value.is_null())
            .filter(|(name, _)| !self.resource.may_change(name))
    }

    fn incomplete_attributes(&self, identity: &Value) -> Diagnostics {
        incomplete_attributes(self.resource, identity)
    }

    fn encoded(&self, identity: &Value) -> Identified {
        match server::encode(identity, self.resource.object_type()) {
            Ok(encoded) => (Some(encoded), Diagnostics::new()),
            Err(errors) => (None, errors),
        }
    }
}

/// An error for each attribute that is unknown, or null although nobody could import the object
/// without it.
pub(super) fn incomplete_attributes<C>(
    resource: &dyn ErasedIdentity<C>,
    identity: &Value,
) -> Diagnostics {
    let attributes = resource.schema().attributes.iter();
    attributes
        .filter_map(|attribute| {
            let name = attribute.name.as_str();
            let value = identity.get(name).unwrap_or(&Value::Null);
            let how = if !value.is_wholly_known() {
                "is still unknown after the operation"
            } else if value.is_null() && attribute.required_for_import {
                "is null, although an import requires it"
            } else {
                return None;
            };
            Some(bug(format!("The identity attribute {name} {how}.")).at(name))
        })
        .collect()
}

/// The error for an attribute that is not what it was.
fn changed(name: &str, before: &Value, now: &Value) -> Diagnostic {
    let text = |value: &Value| match value.to_json() {
        Ok(json) => json.to_string(),
        Err(_) => "unknown".to_owned(),
    };
    let detail = format!(
        "The identity attribute {name} was {} and is {} now. An object keeps its identity for as long as it \
         lives. If the configuration of the provider leads to another object now, lead it back, or remove the \
         resource from the state. Otherwise this is a mistake in the provider; please report it.",
        text(before),
        text(now)
    );
    Diagnostic::error("Identity Changed", detail).at(AttributePath::root(name))
}

fn entries(identity: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let entries: Option<&mut BTreeMap<String, Value>> = match identity {
        Value::Object(entries) => Some(entries),
        _ => None,
    };
    entries.into_iter().flatten()
}

/// Whether a client of that version keeps identities: Terraform from 1.12 on, and OpenTofu, which
/// tells its own version, from the same number on. One that cannot be read is taken to be new.
pub(super) fn knows_identities(version: &str) -> bool {
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) >= (1, 12),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_know_identities_from_1_12_on() {
        for (version, expected) in [
            ("1.11.4", false),
            ("1.12.0-alpha1", true),
            ("1.9.0", false),
            ("1.16.0", true),
            ("2.0.0", true),
            ("0.15.5", false),
            ("", true),
            ("dev", true),
        ] {
            assert_eq!(knows_identities(version), expected, "{version}");
        }
    }
}
