//! An operation: what is done, as the titles of its messages have it, and how long it may go on.

use std::time::Duration;

use tfplugin::{Context, Diagnostic};

use crate::scope::Scope;

/// What is done for Terraform, from its first call to its last.
#[derive(Clone, Debug)]
pub struct Operation {
    title: &'static str,
    object: Option<String>,
    scope: Scope,
}

impl Operation {
    /// An operation that may take this long from now, and ends when Terraform is interrupted. Its title names
    /// what is done and to what, such as `Create Replication User`.
    pub fn new(context: &Context, title: &'static str, timeout: Duration) -> Self {
        Self {
            title,
            object: None,
            scope: Scope::new(context.cancellation(), timeout),
        }
    }

    /// An operation that changes nothing, such as a read or the look of a plan. What could not be reached for another one
    /// a moment ago, it does not try again.
    pub fn look(context: &Context, title: &'static str, timeout: Duration) -> Self {
        let operation = Self::new(context, title, timeout);
        Self {
            scope: operation.scope.of_look(),
            ..operation
        }
    }

    /// The same on an object with this id: for destructions, with which Terraform shows no address.
    #[must_use]
    pub fn on(mut self, id: Option<&String>) -> Self {
        self.object = id.cloned();
        self
    }

    /// A part of this operation, within its limits.
    #[must_use]
    pub fn part(&self, title: &'static str) -> Self {
        Self {
            title,
            object: self.object.clone(),
            scope: self.scope.clone(),
        }
    }

    /// What is done.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// What is done, and to which object where that was said.
    pub fn title_with_object(&self) -> String {
        match &self.object {
            Some(object) => format!("{} {object}", self.title),
            None => self.title.to_owned(),
        }
    }

    /// What is done, and to which object where that was said; else to `thing`.
    pub fn title_of(&self, thing: &str) -> String {
        match &self.object {
            Some(_) => self.title_with_object(),
            None => format!("{} {thing:?}", self.title),
        }
    }

    /// How long it may go on.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// That it failed.
    pub fn error(&self, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.title_with_object(), detail)
    }
}
