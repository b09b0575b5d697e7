//! A resource that takes over states of other types, and works on values.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::Typed;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    move_state::{MoveRequest, MoveSource, MoveState, Moved},
    value::Value,
};

#[async_trait]
impl<P: Send + Sync + 'static, R: MoveState<P>> MoveState<P> for Typed<R>
where
    R::Model: Serialize + DeserializeOwned,
{
    fn move_sources(&self) -> Vec<MoveSource> {
        self.inner.move_sources()
    }

    async fn move_state(
        &self,
        context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Value>, Diagnostics> {
        let moved = self.inner.move_state(context, request).await?;
        Ok(Moved {
            state: self.codec.value(&moved.state)?,
            private: moved.private,
            diagnostics: moved.diagnostics,
        })
    }
}
