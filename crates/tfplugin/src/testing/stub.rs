//! A provider that offers what the test at hand registers.

use async_trait::async_trait;
use serde::de::IgnoredAny;
use serde_json::json;

use super::TestProvider;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    provider::{ConfigureRequest, Provider},
    registry::Registry,
    schema::Schema,
};

/// A configured provider that offers what is registered, for what needs nothing of the provider it is part of:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let provider = tfplugin::testing::provider(|registry| {
///     // registry.resource(Book).data_source(Author);
/// })
/// .await;
/// assert!(provider.schema().resources.is_empty());
/// # }
/// ```
///
/// # Panics
/// When a schema breaks a rule that Terraform checks as it loads the provider.
pub async fn provider(
    register: impl Fn(&mut Registry<()>) + Send + Sync + 'static,
) -> TestProvider<StubProvider> {
    let provider = TestProvider::new(StubProvider::new(register));
    let diagnostics = provider.configure(json!({})).await;
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    provider
}

type Register = dyn Fn(&mut Registry<()>) + Send + Sync;

/// A provider named `test`, of version 1.2.3, that takes no arguments.
pub struct StubProvider {
    register: Box<Register>,
}

impl StubProvider {
    /// A provider that offers what is registered.
    pub fn new(register: impl Fn(&mut Registry<()>) + Send + Sync + 'static) -> Self {
        Self {
            register: Box::new(register),
        }
    }
}

#[async_trait]
impl Provider for StubProvider {
    type Config = IgnoredAny;
    type Configured = ();

    fn name(&self) -> &'static str {
        "test"
    }

    fn version(&self) -> &'static str {
        "1.2.3"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
    }

    async fn configure(
        &self,
        _context: &Context,
        _request: ConfigureRequest<IgnoredAny>,
    ) -> Result<((), Diagnostics), Diagnostics> {
        Ok(((), Diagnostics::new()))
    }

    fn register(&self, registry: &mut Registry<()>) {
        (self.register)(registry);
    }
}
