//! Resources that take over states of other types, without their model types.

use async_trait::async_trait;

use super::ModelCodec;
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    move_state::{MoveRequest, MoveSource, MoveState, Moved},
    value::Value,
};

/// A resource that takes over states, and works on values; the author's is behind it.
#[async_trait]
pub(crate) trait ErasedMoveState<P>: Send + Sync {
    fn sources(&self) -> &[MoveSource];
    async fn move_state(
        &self,
        context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Value>, Diagnostics>;
}

/// A resource that takes over states, with its schema and its sources at hand.
pub(crate) struct TypedMoveState<R> {
    resource: R,
    codec: ModelCodec,
    sources: Vec<MoveSource>,
}

impl<R> TypedMoveState<R> {
    pub(crate) fn new<P>(resource: R) -> Self
    where
        P: Send + Sync + 'static,
        R: MoveState<P>,
    {
        Self {
            codec: ModelCodec::new(resource.schema()),
            sources: resource.move_sources(),
            resource,
        }
    }
}

#[async_trait]
impl<P: Send + Sync + 'static, R: MoveState<P>> ErasedMoveState<P> for TypedMoveState<R> {
    fn sources(&self) -> &[MoveSource] {
        &self.sources
    }

    async fn move_state(
        &self,
        context: &Context,
        request: MoveRequest,
    ) -> Result<Moved<Value>, Diagnostics> {
        let moved = self.resource.move_state(context, request).await?;
        Ok(Moved {
            state: self.codec.value(&moved.state)?,
            private: moved.private,
            diagnostics: moved.diagnostics,
        })
    }
}
