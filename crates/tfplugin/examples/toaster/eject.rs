//! An action: something that is done, and leaves no state.

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Action, Context, Diagnostic, Diagnostics, Field, Model, action::Progress, schema::Schema,
};

use crate::kitchen::Kitchen;

/// Ejects a slice, with a countdown that can be interrupted.
pub struct Eject;

/// Ejects a slice.
#[derive(Model)]
#[model(config_only)]
pub struct EjectModel {
    /// The name of the slice.
    #[attribute(required)]
    name: Field<String>,
}

#[async_trait]
impl Action<Kitchen> for Eject {
    type Config = EjectModel;

    fn type_name(&self) -> &'static str {
        "toaster_eject"
    }

    fn schema(&self) -> Schema {
        EjectModel::schema()
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
