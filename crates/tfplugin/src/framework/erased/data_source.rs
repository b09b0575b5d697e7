//! A data source that works on values; the author's is behind it.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::Typed;
use crate::{
    context::Context,
    data_source::{DataSource, DataSourceRead},
    diagnostic::Diagnostics,
    schema::Schema,
    value::Value,
};

#[async_trait]
impl<P: Send + Sync + 'static, D: DataSource<P>> DataSource<P> for Typed<D>
where
    D::Model: Serialize + DeserializeOwned,
{
    type Model = Value;

    fn type_name(&self) -> &'static str {
        self.inner.type_name()
    }

    fn schema(&self) -> Schema {
        self.codec.schema.clone()
    }

    async fn validate(&self, context: &Context, config: Value) -> Diagnostics {
        match self.codec.model(config) {
            Ok(config) => self.inner.validate(context, config).await,
            Err(errors) => errors,
        }
    }

    async fn read(
        &self,
        context: &Context,
        provider: &P,
        config: Value,
    ) -> Result<DataSourceRead<Value>, Diagnostics> {
        let config = self.codec.model(config)?;
        let read = self.inner.read(context, provider, config).await?;
        Ok(DataSourceRead {
            state: self.codec.value(&read.state)?,
            diagnostics: read.diagnostics,
        })
    }
}
