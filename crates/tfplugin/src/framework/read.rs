//! Reading a resource as it is now.

use super::{Server, StateResult, apply, normalize, server};
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
        current_identity: Option<Encoded>,
    ) -> StateResult {
        let before = current_identity.as_ref();
        match self
            .read(context, type_name, &current_state, &private, before)
            .await
        {
            Ok(result) => result,
            Err(diagnostics) => StateResult {
                state: Some(current_state),
                private,
                identity: self.unchanged_identity(type_name, current_identity),
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
        current_identity: Option<&Encoded>,
    ) -> Result<StateResult, Diagnostics> {
        let resource = self.resource(type_name)?;
        let r#type = resource.object_type();
        let current = server::decode(current_state, r#type, "State")?;
        if current.is_null() {
            return Ok(StateResult {
                state: Some(Encoded::null()),
                private: private.to_vec(),
                identity: None,
                diagnostics: Diagnostics::new(),
            });
        }
        let request = ReadRequest {
            state: current.clone(),
            private: server::private(private)?,
        };
        let configured = self.configured()?;
        let identity = self.identity(type_name, current_identity)?;
        let response = resource.read(context, &configured, request).await?;
        let mut diagnostics = response.diagnostics;
        let (state, identity) = match response.state {
            None => (Encoded::null(), None),
            Some(mut state) => {
                normalize::preserve_encoding(&mut state, &current);
                diagnostics.extend(apply::not_wholly_known(&state));
                null_unknowns(&mut state);
                let identity = identity.and_then(|identity| {
                    let (identity, errors) = identity.of_standing(&configured, &state);
                    diagnostics.extend(errors);
                    identity
                });
                (server::encode(&state, r#type)?, identity)
            }
        };
        Ok(StateResult {
            state: Some(state),
            private: response
                .private
                .map_or_else(|| private.to_vec(), |private| private.to_bytes()),
            identity,
            diagnostics,
        })
    }
}
