//! A deprecated resource, whose states another one takes over.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, GenerateConfig, Resource,
    generate_config::{GenerateRequest, Generated},
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::{Attribute, Schema},
};

use crate::obey;

pub struct Old;

#[derive(Clone, Serialize, Deserialize)]
pub struct OldModel {
    name: Field<String>,
}

#[async_trait]
impl Resource<String> for Old {
    type Model = OldModel;

    fn type_name(&self) -> &'static str {
        "golden_old"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .deprecated("Use golden_thing.")
            .attribute(Attribute::string("name").required())
    }

    async fn create(
        &self,
        _context: &Context,
        _provider: &String,
        request: CreateRequest<OldModel>,
    ) -> Result<Applied<OldModel>, Failure<OldModel>> {
        let mut private = request.private;
        private
            .set("stamp", &1)
            .map_err(|error| Diagnostic::error("Cannot Remember", error.to_string()))?;
        Ok(Applied::new(request.planned).keeping(private))
    }

    async fn read(
        &self,
        _context: &Context,
        _provider: &String,
        request: ReadRequest<OldModel>,
    ) -> Result<ReadResponse<OldModel>, Diagnostics> {
        Ok(ReadResponse::found(request.state))
    }

    async fn update(
        &self,
        _context: &Context,
        _provider: &String,
        request: UpdateRequest<OldModel>,
    ) -> Result<Applied<OldModel>, Failure<OldModel>> {
        Ok(Applied::new(request.planned))
    }

    async fn delete(
        &self,
        _context: &Context,
        _provider: &String,
        _request: DeleteRequest<OldModel>,
    ) -> Result<Diagnostics, Diagnostics> {
        Ok(Diagnostics::new())
    }
}

#[async_trait]
impl GenerateConfig<String> for Old {
    async fn generate_config(
        &self,
        _context: &Context,
        request: GenerateRequest<OldModel>,
    ) -> Result<Generated<OldModel>, Diagnostics> {
        obey(&request.state.name)?;
        Ok(Generated::new(OldModel {
            name: request.proposed.name.map(|name| name.to_lowercase()),
        })
        .reporting(Diagnostic::warning("Generated", "In lower case.")))
    }
}
