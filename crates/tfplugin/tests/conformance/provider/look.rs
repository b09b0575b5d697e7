//! A data source that answers with the provider's greeting.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, DataSource, Diagnostics, Field,
    data_source::DataSourceRead,
    schema::{Attribute, Schema},
};

use crate::obey;

pub struct Look;

#[derive(Serialize, Deserialize)]
pub struct LookModel {
    name: Field<String>,
    seen: Field<String>,
}

#[async_trait]
impl DataSource<String> for Look {
    type Model = LookModel;

    fn type_name(&self) -> &'static str {
        "golden_look"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .attribute(Attribute::string("name").required())
            .attribute(Attribute::string("seen").computed())
    }

    async fn validate(&self, _context: &Context, config: LookModel) -> Diagnostics {
        match obey(&config.name) {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }

    async fn read(
        &self,
        _context: &Context,
        greeting: &String,
        config: LookModel,
    ) -> Result<DataSourceRead<LookModel>, Diagnostics> {
        obey(&config.name)?;
        let name = config.name.or_default();
        Ok(DataSourceRead::new(LookModel {
            seen: format!("{greeting} {name}").into(),
            ..config
        }))
    }
}
