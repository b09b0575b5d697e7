//! A data source: what is there.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, DataSource, Diagnostics, Field,
    data_source::DataSourceRead,
    schema::{Attribute, Schema},
    value::Type,
};

use crate::kitchen::Kitchen;

/// All the toast that is ready.
pub struct Rack;

#[derive(Serialize, Deserialize)]
pub struct RackModel {
    names: Field<Vec<String>>,
}

#[async_trait]
impl DataSource<Kitchen> for Rack {
    type Model = RackModel;

    fn type_name(&self) -> &'static str {
        "toaster_rack"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .description("All the toast that is ready.")
            .attribute(
                Attribute::list("names", Type::String)
                    .computed()
                    .description("The names of the slices, in order."),
            )
    }

    async fn read(
        &self,
        _context: &Context,
        kitchen: &Kitchen,
        _config: RackModel,
    ) -> Result<DataSourceRead<RackModel>, Diagnostics> {
        let names = kitchen.slices()?;
        Ok(DataSourceRead::new(RackModel {
            names: names.into(),
        }))
    }
}
