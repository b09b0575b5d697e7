//! How a slice that was imported is written as a configuration.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, GenerateConfig,
    generate_config::{GenerateRequest, Generated},
};

use super::{BROWNING, Kitchen, Toast, ToastModel};

#[async_trait]
impl GenerateConfig<Kitchen> for Toast {
    async fn generate_config(
        &self,
        _context: &Context,
        request: GenerateRequest<ToastModel>,
    ) -> Result<Generated<ToastModel>, Diagnostics> {
        let mut config = request.proposed;
        if config.browning == Field::Known(BROWNING) {
            // Nobody writes what is the default.
            config.browning = Field::Null;
        }
        Ok(Generated::new(config))
    }
}
