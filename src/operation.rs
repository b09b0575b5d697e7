//! An operation: what is done, as the titles of its messages have it, and how long it may go on.

use std::time::Duration;

use tfplugin::{Context, Diagnostic};

use crate::scope::Scope;

/// What is done for Terraform, from its first call to its last.
#[derive(Clone, Debug)]
pub struct Operation {
    title: &'static str,
    scope: Scope,
}

impl Operation {
    /// An operation that may take this long from now, and ends when Terraform is interrupted. Its title names
    /// what is done and to what, such as `Create Replication User`.
    pub fn new(context: &Context, title: &'static str, timeout: Duration) -> Self {
        Self {
            title,
            scope: Scope::new(context.cancellation(), timeout),
        }
    }

    /// A part of this operation, within its limits.
    #[must_use]
    pub fn part(&self, title: &'static str) -> Self {
        Self {
            title,
            scope: self.scope.clone(),
        }
    }

    /// What is done.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// How long it may go on.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// That it failed.
    pub fn error(&self, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.title, detail)
    }
}
