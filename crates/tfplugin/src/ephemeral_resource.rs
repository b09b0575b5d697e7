//! What an ephemeral resource is to its author: a value that is open for a while, and never stored.

use std::time::SystemTime;

use async_trait::async_trait;

use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    private::Private,
    response::{keeping, reporting},
    schema::Schema,
};

/// An ephemeral resource of a provider whose configured form is `P`.
///
/// Terraform opens it in a plan and once more in the apply, and closes it when nobody uses it any
/// more. Its values are in no plan and no state. Needs Terraform 1.10 or OpenTofu 1.11.
#[async_trait]
pub trait EphemeralResource<P: Send + Sync + 'static>: Send + Sync + 'static {
    /// The typed form: a struct of [`crate::Field`]s that derives [`Model`](trait@crate::Model),
    /// or serde's `Serialize` and `Deserialize`. [`crate::Registry::ephemeral_resource`] takes no other.
    type Model: Send + Sync + 'static;

    /// The full type name, such as `rdsiam_auth_token`.
    fn type_name(&self) -> &'static str;

    /// The schema. Nothing in it may be write-only: no value is stored anyway.
    fn schema(&self) -> Schema;

    /// Checks the configuration alone; values may be unknown.
    async fn validate(&self, _context: &Context, _config: Self::Model) -> Diagnostics {
        Diagnostics::new()
    }

    /// Opens it; the configuration is wholly known. Configured values must come back unchanged.
    ///
    /// It is cancelled when the practitioner interrupts Terraform, and when Terraform goes away.
    ///
    /// # Errors
    /// With an error nothing is open, and [`EphemeralResource::close`] is not called.
    async fn open(
        &self,
        context: &Context,
        provider: &P,
        config: Self::Model,
    ) -> Result<Opened<Self::Model>, Diagnostics>;

    /// Keeps it open for longer. Called at the time that the last open or renewal named, never
    /// where none was named; the result of the open stays what it is.
    ///
    /// # Errors
    /// After an error it is not renewed again.
    async fn renew(
        &self,
        _context: &Context,
        _provider: &P,
        _private: &Private,
    ) -> Result<Renewed, Diagnostics> {
        Err(Diagnostic::error(
            "Ephemeral Resource Renewal Not Supported",
            format!(
                "{} named a time to be renewed at, and cannot be renewed. This is always a mistake \
                 in the provider; please report it.",
                self.type_name()
            ),
        )
        .into())
    }

    /// Closes it. `private` is what the open left; OpenTofu hands on what the last renewal left instead, so
    /// that a renewal that keeps something else has to keep what the close needs as well.
    ///
    /// `Ok` may hold warnings. What is gone already is success.
    async fn close(
        &self,
        _context: &Context,
        _provider: &P,
        _private: &Private,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }
}

/// An ephemeral resource that was opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened<M> {
    /// The whole object; wholly known.
    pub result: M,
    /// When it has to be renewed; `None` for never.
    pub renew_at: Option<SystemTime>,
    /// What renewing and closing need to know. It stays in Terraform's memory.
    pub private: Private,
    /// Warnings. An error in here fails the open, and what was opened is closed again.
    pub diagnostics: Diagnostics,
}

impl<M> Opened<M> {
    /// A result that needs neither to be renewed nor to be closed.
    pub fn new(result: M) -> Self {
        Self {
            result,
            renew_at: None,
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        }
    }

    /// Has it renewed at a time.
    #[must_use]
    pub fn renew_at(mut self, time: impl Into<Option<SystemTime>>) -> Self {
        self.renew_at = time.into();
        self
    }

    keeping!();
    reporting!();
}

/// An ephemeral resource that was renewed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Renewed {
    /// When it has to be renewed again; `None` for never.
    pub renew_at: Option<SystemTime>,
    /// What the next renewal needs to know; `None` keeps what was remembered.
    pub private: Option<Private>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl Renewed {
    /// Renewed for good, with what was remembered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has it renewed again at a time.
    #[must_use]
    pub fn renew_at(mut self, time: impl Into<Option<SystemTime>>) -> Self {
        self.renew_at = time.into();
        self
    }

    keeping!();
    reporting!();
}
