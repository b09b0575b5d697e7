//! A data source: what is there.

use async_trait::async_trait;
use tfplugin::{
    Context, DataSource, Diagnostics, Field, Model, data_source::DataSourceRead, schema::Schema,
};

use crate::kitchen::Kitchen;

/// All the toast that is ready.
pub struct Rack;

/// All the toast that is ready.
#[derive(Model)]
pub struct RackModel {
    /// The names of the slices, in order.
    #[attribute(computed)]
    names: Field<Vec<String>>,
}

#[async_trait]
impl DataSource<Kitchen> for Rack {
    type Model = RackModel;

    fn type_name(&self) -> &'static str {
        "toaster_rack"
    }

    fn schema(&self) -> Schema {
        RackModel::schema()
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
