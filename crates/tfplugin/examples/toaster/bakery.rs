//! Slices of the bakery are toast as well: a `moved` block leads from one to the other.

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, MoveState,
    move_state::{MoveRequest, MoveSource, Moved},
};

use super::{Kitchen, Toast, ToastModel};

/// What the bakery stores of a slice.
#[derive(Deserialize)]
struct Slice {
    label: String,
}

#[async_trait]
impl MoveState<Kitchen> for Toast {
    fn move_sources(&self) -> Vec<MoveSource> {
        vec![MoveSource::new("example/bakery", "bakery_slice").schema_versions(0..=1)]
    }

    async fn move_state(
        &self,
        _context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<ToastModel>, Diagnostics> {
        let slice: Slice = serde_json::from_value(request.state).map_err(|error| {
            let detail = format!("The bakery's slice cannot be read: {error}.");
            Diagnostic::error("Cannot Move a Slice", detail)
        })?;
        Ok(Moved::new(ToastModel::named(&slice.label)))
    }
}
