//! An action: something that is done, and leaves no state.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Action, Context, Diagnostic, Diagnostics, Field,
    action::Progress,
    schema::{Attribute, Schema},
};

use crate::kitchen::Kitchen;

/// Ejects a slice, with a countdown that can be interrupted.
pub struct Eject;

#[derive(Deserialize)]
pub struct EjectModel {
    name: Field<String>,
}

#[async_trait]
impl Action<Kitchen> for Eject {
    type Config = EjectModel;

    fn type_name(&self) -> &'static str {
        "toaster_eject"
    }

    fn schema(&self) -> Schema {
        Schema::new(0).description("Ejects a slice.").attribute(
            Attribute::string("name")
                .required()
                .description("The name of the slice."),
        )
    }

    async fn invoke(
        &self,
        context: &Context,
        kitchen: &Kitchen,
        config: EjectModel,
        progress: &Progress,
    ) -> Result<Diagnostics, Diagnostics> {
        let name = config.name.or_default();
        if !kitchen.file(&name)?.exists() {
            let detail = format!("There is no slice {name:?}.");
            return Err(Diagnostic::error("Cannot Eject a Slice", detail)
                .at("name")
                .into());
        }
        for seconds in (1..=3).rev() {
            progress.report(format!("{name}: {seconds} ...")).await;
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = context.cancellation().cancelled() => {
                    let detail = format!("The slice {name:?} stays where it is.");
                    return Err(Diagnostic::error("Eject Interrupted", detail).into());
                }
            }
        }
        progress.report(format!("{name}: pop!")).await;
        Ok(Diagnostics::new())
    }
}
