//! Reading a resource as it is now.

use super::{Server, StateResult, apply, server, shape};
use crate::{
    context::Context,
    diagnostic::Diagnostics,
    provider::Provider,
    resource::ReadRequest,
    value::{Encoded, null_unknowns},
};

impl<P: Provider> Server<P> {
    /// Reads a resource. On failure the state and the private data stay as they were.
    pub(crate) async fn read_resource(
        &self,
        context: &Context,
        type_name: &str,
        current_state: Encoded,
        private: Vec<u8>,
    ) -> StateResult {
        match self
            .read(context, type_name, &current_state, &private)
            .await
        {
            Ok(result) => result,
            Err(diagnostics) => StateResult {
                state: Some(current_state),
                private,
                diagnostics,
            },
        }
    }

    async fn read(
        &self,
        context: &Context,
        type_name: &str,
        current_state: &Encoded,
        private: &[u8],
    ) -> Result<StateResult, Diagnostics> {
        let resource = self.resource(type_name)?;
        let r#type = resource.object_type();
        let current = server::decode(current_state, r#type, "State")?;
        if current.is_null() {
            return Ok(StateResult {
                state: Some(Encoded::null()),
                private: private.to_vec(),
                diagnostics: Diagnostics::new(),
            });
        }
        let request = ReadRequest {
            state: current.clone(),
            private: server::private(private)?,
        };
        let configured = self.configured()?;
        let response = resource.read(context, &configured, request).await?;
        let mut diagnostics = response.diagnostics;
        let state = match response.state {
            None => Encoded::null(),
            Some(mut state) => {
                shape::keep_form(&mut state, &current);
                diagnostics.extend(apply::leftovers(&state));
                null_unknowns(&mut state);
                server::encode(&state, r#type)?
            }
        };
        Ok(StateResult {
            state: Some(state),
            private: response.private.to_bytes(),
            diagnostics,
        })
    }
}
